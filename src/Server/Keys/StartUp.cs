using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// Matches store and keys before any call is served: opens the store, finds the keys, and rejects keys that are not the ones the store was
/// sealed with, or that cannot open everything in it.
/// </summary>
internal sealed partial class StartUp(
    IStore store, Sealer sealer, KeyDirectory directory, IOptions<EncryptionOptions> encryption, IOptions<StoreOptions> storeOptions,
    IHostEnvironment environment, ILogger<StartUp> log) : IHostedService
{
    private const int FormatVersion = 2;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var writingKey = encryption.Value.WritingKey;
        var meta = await store.OpenAsync(cancellationToken);
        // Only for a store that was never used: a new key in place of a lost one would make the store unreadable.
        if (meta is null && environment.IsDevelopment())
            directory.CreateMissing(writingKey);
        // Settings may name a replaced key until they are changed on every server; it cannot become active again and may have been removed.
        var isReplaced = meta?.Sealing.Skip(1).Contains(writingKey) == true;
        var keys = directory.Read(isReplaced ? [] : [writingKey]);
        meta ??= await CreateMetaAsync(keys.Ring(writingKey), cancellationToken);
        await VerifyAsync(meta, keys.Ring(writingKey).Checks(meta.DeploymentId), cancellationToken);
        sealer.Unlock(meta.DeploymentId, keys.Ring(KeyRules.Active(meta)!));
        Log.Opened(log, meta.DeploymentId, KeyRules.Active(meta)!);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Task<StoreMeta> CreateMetaAsync(KeyRing keys, CancellationToken cancellationToken)
    {
        var deploymentId = Guid.NewGuid().ToString("N");
        var meta = new StoreMeta(deploymentId, FormatVersion, storeOptions.Value.Partitions, keys.Checks(deploymentId)) { Sealing = [keys.WritingKeyId] };
        return store.CreateMetaAsync(meta, cancellationToken);
    }

    private async Task VerifyAsync(StoreMeta meta, IReadOnlyDictionary<string, string> checks, CancellationToken cancellationToken)
    {
        if (meta.FormatVersion != FormatVersion)
        {
            throw new StoreRefusedException(
                "STORE_FORMAT", $"the store has format {meta.FormatVersion}, this version of the service reads format {FormatVersion}");
        }
        if (KeyRules.Lacking(meta) is { } field)
        {
            throw new StoreRefusedException(
                StoreReason.Foreign, $"the store's meta entry is damaged: its field {field} is gone; restore it from a backup, or use an empty store");
        }
        if (KeyRules.Wrong(meta, checks).FirstOrDefault() is { } wrong)
            throw directory.Wrong(wrong);
        string[] missing = [.. meta.Sealing.Where(id => !checks.ContainsKey(id))];
        if (missing.Contains(KeyRules.Active(meta)))
            throw directory.Missing(missing[0]);
        // Only a replaced key may be missing, and only if it no longer holds any record.
        var records = missing.Length == 0 ? null : await SealedRecords.CountAsync(store, cancellationToken);
        if (missing.FirstOrDefault(id => records!.ContainsKey(id)) is { } needed)
            throw directory.Missing(needed, records![needed]);
    }

    private static partial class Log
    {
        [LoggerMessage(100, LogLevel.Information, "The store of deployment {Deployment} is open; records are sealed with key {Key}")]
        public static partial void Opened(ILogger logger, string deployment, string key);
    }
}
