using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Reseals, in the background and at a low rate, what keys that are no longer active have sealed, and counts what each key still holds. It
/// looks for the remaining records each time, so it continues wherever it or another server was interrupted; several at once do no harm.
/// </summary>
/// <remarks>
/// Resealing a record is not a commit: rev, revision, etag, seq and index remain, so no node is notified and no write conflicts. Only records
/// are sealed with keys that are replaced; the audit and the login protection of accounts are sealed with the audit key.
/// </remarks>
internal sealed partial class ResealWorker(
    IStore store, RecordSealer records, Sealer sealer, KeyStatus keyStatus, IOptions<StoreOptions> options, ServiceMetrics metrics, TimeProvider clock,
    BackgroundWork work, ILogger<ResealWorker> log) : BackgroundService
{
    /// <summary>How many records are resealed before a pause of <see cref="Pause"/>.</summary>
    private const int Burst = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecountWhileRetiring = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Recount = TimeSpan.FromMinutes(10);

    // After this time, no commit is sent that was sealed before its server switched to the active key.
    private readonly TimeSpan settle = CommitSender.Patience + (2 * options.Value.CommandTimeout);

    private long? countedAt;
    private bool isStuck;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.EveryAsync(nameof(ResealWorker), Interval, clock, LookAsync, stoppingToken);

    private Task LookAsync(CancellationToken cancellationToken) => IsDue() ? SweepAsync(cancellationToken) : Task.CompletedTask;

    private bool IsDue()
    {
        if (keyStatus.Meta is not { } meta || KeyRules.Active(meta) != sealer.Keys.WritingKeyId)
            return false;
        string[] retiring = [.. meta.Sealing.Skip(1).Where(sealer.Keys.Ids.Contains)];
        // Again immediately while records remain or may still appear, but not for records that do not open.
        if (countedAt is not { } at || retiring.Any(id => keyStatus.InUse(id) is null || (keyStatus.InUse(id) > 0 && !(isStuck && keyStatus.Use!.IsFinal))))
            return true;
        return clock.GetElapsedTime(at) >= (retiring.Length > 0 ? RecountWhileRetiring : Recount);
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            var (meta, active) = (keyStatus.Meta!, sealer.Keys.WritingKeyId);
            var isFinal = keyStatus.AgreedSince is { } since && clock.GetElapsedTime(since) >= settle;
            var (counts, resealed) = (new Dictionary<string, long>(), 0);
            await foreach (var page in SealedRecords.PagesAsync(store, cancellationToken))
            {
                foreach (var (tenant, keyId) in page)
                {
                    // Only if the key is known to have been replaced: a key unknown to this server is newer than its own.
                    var now = meta.Sealing.Skip(1).Contains(keyId) ? await ResealAsync(tenant, keyId, cancellationToken) : keyId;
                    counts[now] = counts.GetValueOrDefault(now) + 1;
                    if (now != keyId && ++resealed % Burst == 0)
                        await Task.Delay(Pause, clock, cancellationToken);
                }
            }
            isStuck = resealed == 0;
            Counted(new(active, isFinal, counts));
        }
        catch (StoreUnavailableException)
        {
            // The next sweep finds the rest; the follower logs that the store is unavailable.
        }
    }

    /// <returns>The key under which the record counts: the active one if the record is now sealed with it.</returns>
    private async Task<string> ResealAsync(TenantId tenant, string keyId, CancellationToken cancellationToken)
    {
        try
        {
            return await ResealOneAsync(tenant, keyId, cancellationToken);
        }
        catch (Exception e) when (e is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            // One record must not keep the others from being resealed.
            work.Failed($"{nameof(ResealWorker)}: a record", e);
            return keyId;
        }
    }

    private async Task<string> ResealOneAsync(TenantId tenant, string keyId, CancellationToken cancellationToken)
    {
        var stored = (await store.ReadAsync([tenant], cancellationToken))[0].Record;
        // Another server was faster; the next sweep shows which key it used.
        if (stored is null || stored.KeyId != keyId)
            return keyId;
        if (records.Reseal(tenant, stored) is not { } resealed)
        {
            Log.NotOpened(log, tenant, keyId);
            return keyId;
        }
        if (!await store.ResealAsync(tenant, resealed, keyId, cancellationToken))
            return keyId;
        metrics.Resealed();
        return resealed.KeyId;
    }

    private void Counted(KeyUse use)
    {
        string[] before = [.. Free()];
        keyStatus.Use = use;
        countedAt = clock.GetTimestamp();
        foreach (var id in Free().Except(before))
            Log.Free(log, id);
        metrics.KeysInUse(keyStatus.Meta!.Sealing
            .Where(id => id == use.Active || use.Of(id) > 0 || sealer.Keys.Ids.Contains(id)).ToDictionary(id => id, use.Of));
    }

    private IEnumerable<string> Free() =>
        keyStatus.Meta!.Sealing.Skip(1).Where(id => sealer.Keys.Ids.Contains(id) && keyStatus.InUse(id) == 0);

    private static partial class Log
    {
        [LoggerMessage(104, LogLevel.Information, "Key {Key} no longer holds any record; its file may be removed from every server")]
        public static partial void Free(ILogger logger, string key);

        [LoggerMessage(105, LogLevel.Warning,
            "The record of tenant {Tenant} cannot be opened with key {Key}, so the key must be kept; restore the record or its key from a backup")]
        public static partial void NotOpened(ILogger logger, TenantId tenant, string key);
    }
}
