using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Keys;

/// <summary>The directory of this server's key files, and its contents.</summary>
internal sealed class KeyDirectory(IOptions<EncryptionOptions> encryption, IOptions<StoreOptions> store)
{
    public string Path { get; } = encryption.Value.KeysDirectory ?? System.IO.Path.Combine(store.Value.DataDirectory, "keys");

    /// <summary>All keys; which of them seals is not known yet.</summary>
    /// <exception cref="KeyException">A needed key or the audit key is missing, or a file cannot be used.</exception>
    public FoundKeys Read(params string[] needed)
    {
        var keys = KeyFiles.Read(Path).ToDictionary();
        if (needed.Append(KeyRing.AuditKeyId).FirstOrDefault(id => !keys.ContainsKey(id)) is { } missing)
            throw Missing(missing);
        keys.Remove(KeyRing.AuditKeyId, out var auditKey);
        return new(keys, auditKey!);
    }

    public void CreateMissing(string writingKeyId) => KeyFiles.CreateMissing(Path, writingKeyId);

    public KeyException Missing(string id, long records = 0) => KeyFiles.Missing(Path, id, records);

    public KeyException Wrong(string id) => KeyFiles.Wrong(Path, id);
}
