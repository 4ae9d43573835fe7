using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Seals again, in the background and at a gentle pace, what keys have sealed that are active no more, and counts what each key still holds. It looks for
/// what is left each time, so it goes on wherever it, or another server, was interrupted; several at it do no harm.
/// </summary>
/// <remarks>
/// Another sealing of a record is no commit: rev, revision, etag, seq and index stay, so nobody is told and nobody's write is in conflict. Only records
/// are sealed with keys that are replaced; the audit and what protects accounts are sealed with the audit key.
/// </remarks>
internal sealed partial class ResealWorker(
    IStore store, RecordSealer records, Sealer sealer, KeyStatus keyStatus, IOptions<StoreOptions> options, ServiceMetrics metrics, TimeProvider clock,
    BackgroundWork work, ILogger<ResealWorker> log) : BackgroundService
{
    /// <summary>How many records are sealed again before a pause of <see cref="Pause"/>.</summary>
    private const int Burst = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RecountWhileRetiring = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Recount = TimeSpan.FromMinutes(10);

    // No commit that was sealed before its server took the active key is sent any more after this time.
    private readonly TimeSpan settle = CommitSender.Patience + (2 * options.Value.CommandTimeout);

    private long? countedAt;
    private bool isStuck;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(nameof(ResealWorker), Interval, clock, LookAsync, stoppingToken);

    private Task LookAsync(CancellationToken cancellationToken) => IsDue() ? SweepAsync(cancellationToken) : Task.CompletedTask;

    private bool IsDue()
    {
        if (keyStatus.Meta is not { } meta || KeyRules.Active(meta) != sealer.Keys.WritingKeyId)
            return false;
        string[] retiring = [.. meta.Sealing.Skip(1).Where(sealer.Keys.Ids.Contains)];
        // Again at once while something is left, or may still come; but not for what does not open.
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
                    // Only a key that is known to have been replaced: one this server has not heard of is newer than its own.
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
            // The next sweep finds what is left; that the store is away the follower says.
        }
    }

    /// <returns>The key that the record counts for: the active one if it is sealed with it now.</returns>
    private async Task<string> ResealAsync(TenantId tenant, string keyId, CancellationToken cancellationToken)
    {
        try
        {
            return await ResealOneAsync(tenant, keyId, cancellationToken);
        }
        catch (Exception e) when (e is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            // One record must not keep the others from being sealed again.
            work.Failed($"{nameof(ResealWorker)}: a record", e);
            return keyId;
        }
    }

    private async Task<string> ResealOneAsync(TenantId tenant, string keyId, CancellationToken cancellationToken)
    {
        var stored = (await store.ReadAsync([tenant], cancellationToken))[0].Record;
        // Somebody was faster; the next sweep says with which key.
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
        metrics.KeysInUse(keyStatus.Meta!.Sealing.Where(id => id == use.Active || use.Of(id) > 0 || sealer.Keys.Ids.Contains(id)).ToDictionary(id => id, use.Of));
    }

    private IEnumerable<string> Free() => keyStatus.Meta!.Sealing.Skip(1).Where(id => sealer.Keys.Ids.Contains(id) && keyStatus.InUse(id) == 0);

    private static partial class Log
    {
        [LoggerMessage(104, LogLevel.Information, "Key {Key} holds nothing any more; its file may be removed from every server")]
        public static partial void Free(ILogger logger, string key);

        [LoggerMessage(105, LogLevel.Warning, "The record of tenant {Tenant} cannot be opened with key {Key}, which therefore must stay; restore the record or its key from a backup")]
        public static partial void NotOpened(ILogger logger, TenantId tenant, string key);
    }
}
