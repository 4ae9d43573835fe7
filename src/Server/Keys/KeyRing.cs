using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// The master keys of this deployment by id, and which of them seals what is written now. The audit key stands beside them: it makes
/// fingerprints that must stay comparable and seals the audit, which must stay readable when master keys have gone, so it is not rotated with them.
/// </summary>
internal sealed class KeyRing(IReadOnlyDictionary<string, byte[]> masterKeys, string writingKeyId, byte[] auditKey)
{
    /// <summary>Under which name the audit key stands in a directory and in the store's key checks. No master key may have it.</summary>
    public const string AuditKeyId = "audit";

    /// <summary>Bytes of a key.</summary>
    public const int KeySize = 32;

    public string WritingKeyId => writingKeyId;

    /// <summary>The ids of the master keys.</summary>
    public IEnumerable<string> Ids => masterKeys.Keys;

    /// <summary>The key with this id, the audit key too, or null if this server does not have it.</summary>
    public byte[]? Find(string id) => id == AuditKeyId ? auditKey : masterKeys.GetValueOrDefault(id);

    /// <summary>The same keys, of which another one seals.</summary>
    public KeyRing SealingWith(string keyId) => new(masterKeys, keyId, auditKey);

    /// <summary>A keyed hash for comparing what must not be kept: same input, same 32 bytes; without the key neither made nor reversed.</summary>
    public byte[] Fingerprint(ReadOnlySpan<byte> data) => HMACSHA256.HashData(auditKey, data);

    /// <summary>For each key, a value that only it yields in this deployment and that tells nothing about it.</summary>
    public IReadOnlyDictionary<string, string> Checks(string deploymentId) =>
        masterKeys.Append(new(AuditKeyId, auditKey)).ToDictionary(key => key.Key, key => Check(key.Value, deploymentId));

    private static string Check(byte[] key, string deploymentId)
    {
        var checkKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeySize, info: "grpccreds key check"u8.ToArray());
        return Convert.ToHexStringLower(HMACSHA256.HashData(checkKey, Encoding.UTF8.GetBytes(deploymentId))[..16]);
    }
}
