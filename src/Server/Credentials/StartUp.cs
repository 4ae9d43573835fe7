using GrpcCreds.Server.Encryption;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// Brings store and keys together before anything is served: opens the store, finds the keys, and refuses keys that are not the ones the
/// store was sealed with.
/// </summary>
internal sealed partial class StartUp(
    IStore store, Sealer sealer, IOptions<EncryptionOptions> encryption, IOptions<StoreOptions> storeOptions, IHostEnvironment environment, ILogger<StartUp> log)
    : IHostedService
{
    private const int FormatVersion = 1;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var writingKey = encryption.Value.WritingKey;
        var directory = encryption.Value.KeysDirectory ?? Path.Combine(storeOptions.Value.DataDirectory, "keys");
        if (writingKey == KeyRing.AuditKeyId)
            throw new KeyException($"Encryption:WritingKey must not be '{KeyRing.AuditKeyId}', which is the name of the audit key");

        var meta = await store.OpenAsync(cancellationToken);
        // Only for a store that was never used: in place of a lost key a new one would be an unreadable store.
        if (meta is null && environment.IsDevelopment())
            KeyFiles.CreateMissing(directory, writingKey);
        var keys = KeyFiles.Load(directory, writingKey);
        meta ??= await CreateMetaAsync(keys, cancellationToken);
        Verify(meta, keys, directory);
        sealer.Unlock(meta.DeploymentId, keys);
        Log.Opened(log, meta.DeploymentId, writingKey);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task<StoreMeta> CreateMetaAsync(KeyRing keys, CancellationToken cancellationToken)
    {
        var deploymentId = Guid.NewGuid().ToString("N");
        return store.CreateMetaAsync(new(deploymentId, FormatVersion, storeOptions.Value.Partitions, keys.Checks(deploymentId)), cancellationToken);
    }

    private static void Verify(StoreMeta meta, KeyRing keys, string directory)
    {
        if (meta.FormatVersion != FormatVersion)
            throw new StoreRefusedException("STORE_FORMAT", $"the store has format {meta.FormatVersion}, this version of the service reads format {FormatVersion}");
        var checks = keys.Checks(meta.DeploymentId);
        foreach (var (id, check) in meta.KeyChecks)
        {
            if (!checks.TryGetValue(id, out var mine))
                throw KeyFiles.Missing(directory, id);
            if (mine != check)
                throw new KeyException($"key file '{Path.Combine(directory, id + ".key")}' is not the key this store was sealed with; put the right one there");
        }
        if (!meta.KeyChecks.ContainsKey(keys.WritingKeyId))
            throw new KeyException($"Encryption:WritingKey '{keys.WritingKeyId}' is unknown to this store; it was sealed with: {string.Join(", ", meta.KeyChecks.Keys)}");
    }

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Information, "Store of deployment {Deployment} is open; records are sealed with key {Key}")]
        public static partial void Opened(ILogger logger, string deployment, string key);
    }
}
