using System.Security.Cryptography;
using System.Text;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// The master keys of this deployment by id, and which of them seals new writes. The audit key is separate: it makes fingerprints that must
/// remain comparable and seals the audit, which must remain readable when master keys are gone, so it is not rotated with them.
/// </summary>
internal sealed class KeyRing(IReadOnlyDictionary<string, byte[]> masterKeys, string writingKeyId, byte[] auditKey)
{
    /// <summary>The name of the audit key in a directory and in the store's key checks. No master key may have it.</summary>
    public const string AuditKeyId = "audit";

    /// <summary>Size of a key in bytes.</summary>
    public const int KeySize = 32;

    public string WritingKeyId => writingKeyId;

    /// <summary>The ids of the master keys.</summary>
    public IEnumerable<string> Ids => masterKeys.Keys;

    /// <summary>The key with this id, including the audit key, or null if this server does not have it.</summary>
    public byte[]? Find(string id) => id == AuditKeyId ? auditKey : masterKeys.GetValueOrDefault(id);

    /// <summary>The same keys with another writing key.</summary>
    public KeyRing SealingWith(string keyId) => new(masterKeys, keyId, auditKey);

    /// <summary>
    /// A keyed hash to compare values that must not be stored: same input, same 32 bytes; it can be neither made nor reversed without the key.
    /// </summary>
    public byte[] Fingerprint(ReadOnlySpan<byte> data) => HMACSHA256.HashData(auditKey, data);

    /// <summary>For each key, a value that only this key yields in this deployment and that reveals nothing about it.</summary>
    public IReadOnlyDictionary<string, string> Checks(string deploymentId) =>
        masterKeys.Append(new(AuditKeyId, auditKey)).ToDictionary(key => key.Key, key => Check(key.Value, deploymentId));

    private static string Check(byte[] key, string deploymentId)
    {
        var checkKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, KeySize, info: "grpccreds key check"u8.ToArray());
        return Convert.ToHexStringLower(HMACSHA256.HashData(checkKey, Encoding.UTF8.GetBytes(deploymentId))[..16]);
    }
}
