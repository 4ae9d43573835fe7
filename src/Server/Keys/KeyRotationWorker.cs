using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Keys;

/// <summary>
/// Keeps this server's keys current, every 2 s: loads new key files, announces them to the deployment, activates the key that the setting names
/// as soon as every live server has it, and seals with the active key.
/// </summary>
/// <remarks>
/// A server publishes its keys with its heartbeat before it reads which key is active, and a key becomes active only if every existing heartbeat
/// was examined: so no live server lacks it. A server that returns after a silence of <see cref="ClusterMembers.Patience"/> may lack it; it
/// reports that and is not ready.
/// </remarks>
internal sealed partial class KeyRotationWorker(
    IStore store, Sealer sealer, KeyDirectory directory, ClusterMembers members, KeyStatus keyStatus, IOptionsMonitor<EncryptionOptions> options,
    TimeProvider clock, BackgroundWork work, ILogger<KeyRotationWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private FoundKeys? taken;
    private IEnumerable<string> files = [];
    private string wish = options.CurrentValue.WritingKey;
    private string? told;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await LookAsync(cancellationToken);
        // Between start-up's look at the store and the first heartbeat, a key this server lacks may have become active unnoticed.
        if (keyStatus.Obstacle is not null)
            throw directory.Missing(keyStatus.Meta!.Sealing[0]);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.EveryAsync(nameof(KeyRotationWorker), Interval, clock, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Nothing in another deployment's store is trusted; the follower logs it.
            if (await store.MetaAsync(cancellationToken) is { } meta && meta.DeploymentId == sealer.DeploymentId)
            {
                if (KeyRules.Lacking(meta) is { } field)
                    throw new StoreDamagedException($"its field {field} is gone");
                (meta, var problem) = await TakeFilesAsync(meta, cancellationToken);
                Use(meta);
                Tell(problem ?? await PromoteAsync(meta, cancellationToken) ?? Gone(meta));
            }
        }
        catch (StoreDamagedException e)
        {
            Tell(
                $"META_DAMAGED: the keys remain as they were because the store's meta entry is damaged ({e.Message}); "
                + "restore it before a server is restarted");
        }
        catch (StoreUnavailableException)
        {
            // The keys remain as they are; the follower logs it, and health shows it.
        }
    }

    // Keys that cannot be used are not loaded: the previous ones remain.
    private async Task<(StoreMeta Meta, string? Problem)> TakeFilesAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        try
        {
            // A running server keeps a key that has sealed, even if its file is gone: data in memory may still be sealed with it.
            var present = directory.Read();
            files = present.MasterKeys.Keys;
            var found = present.With(sealer.Keys, meta.Sealing);
            var checks = found.Ring(sealer.Keys.WritingKeyId).Checks(meta.DeploymentId);
            if (KeyRules.Wrong(meta, checks).FirstOrDefault() is { } wrong)
                throw directory.Wrong(wrong);
            var staged = KeyRules.Stage(meta, checks);
            if (staged.KeyChecks.Count > meta.KeyChecks.Count && !await store.ChangeMetaAsync(meta, staged, servers: null, cancellationToken))
                return (meta, null);
            if (taken is not null && found.Same(taken))
                return (staged, null);
            sealer.Unlock(meta.DeploymentId, found.Ring(sealer.Keys.WritingKeyId));
            taken = found;
            Log.Taken(log, string.Join(", ", found.MasterKeys.Keys.Order(StringComparer.Ordinal)));
            return (staged, null);
        }
        catch (KeyException e)
        {
            return (meta, $"KEYS_UNUSABLE: the keys remain as they were because {e.Message}");
        }
    }

    /// <returns>Why the key that the setting names is not active, unless it will be within seconds.</returns>
    private async Task<string?> PromoteAsync(StoreMeta meta, CancellationToken cancellationToken)
    {
        var (wish, active) = (Wish(), KeyRules.Active(meta)!);
        var others = members.Others;
        var living = others.Where(other => members.GoneSince(other.Key) is null)
            .ToDictionary(other => other.Key, other => HeldKeys.Parse(other.Value));
        Agree(active, living.Values);
        var promotion = KeyRules.Promote(meta, wish, HeldKeys.Of(sealer).Checks, living);
        if (promotion.Lacking.Count > 0)
        {
            return $"KEY_NOT_EVERYWHERE: Encryption:WritingKey '{wish}' does not seal yet: these live servers do not have it: "
                + $"{string.Join(", ", promotion.Lacking)}; put the key file into their keys directories. Until then '{active}' seals";
        }
        if (promotion.IsReplaced)
        {
            return $"KEY_REPLACED: Encryption:WritingKey names '{wish}', which '{active}' has replaced; a replaced key cannot become active again. "
                + $"Set it to '{active}', or to a new key";
        }
        // If it fails, another server was faster or has just started: the next look finds out.
        if (promotion.Promoted is { } promoted)
            await store.ChangeMetaAsync(meta, promoted, [.. others.Keys, members.Id], cancellationToken);
        return null;
    }

    // A settings file may be edited while the service runs, and may be invalid.
    private string Wish()
    {
        try
        {
            return wish = options.CurrentValue.WritingKey;
        }
        catch (OptionsValidationException)
        {
            return wish;
        }
    }

    private void Agree(string active, IEnumerable<HeldKeys?> living)
    {
        if (sealer.Keys.WritingKeyId != active || living.Any(keys => keys?.WritingKeyId != active))
            keyStatus.AgreedSince = null;
        else
            keyStatus.AgreedSince ??= clock.GetTimestamp();
    }

    private void Use(StoreMeta meta)
    {
        keyStatus.Meta = meta;
        var (keys, active) = (sealer.Keys, KeyRules.Active(meta)!);
        keyStatus.Obstacle = keys.Find(active) is null
            ? $"KEY_MISSING: the deployment seals with '{active}', which this server does not have; put the key file into {directory.Path}"
            : null;
        if (active == keys.WritingKeyId || keyStatus.Obstacle is not null)
            return;
        keyStatus.AgreedSince = null;
        sealer.Unlock(meta.DeploymentId, keys.SealingWith(active));
        Log.Active(log, active, keys.WritingKeyId);
    }

    // Otherwise only the next start would find out.
    private string? Gone(StoreMeta meta) =>
        meta.Sealing.FirstOrDefault(id => !files.Contains(id) && (id == KeyRules.Active(meta) || keyStatus.InUse(id) > 0)) is { } id
            ? $"KEY_MISSING: the key file of '{id}' is gone while it is in use; put it back before this server is started again"
            : null;

    // Logged once, not every two seconds.
    private void Tell(string? problem)
    {
        keyStatus.Problem = problem;
        var all = keyStatus.Obstacle ?? problem;
        if (all is not null && all != told)
            Log.Problem(log, all);
        told = all;
    }

    private static partial class Log
    {
        [LoggerMessage(101, LogLevel.Information, "Master keys of this server are now: {Keys}")]
        public static partial void Taken(ILogger logger, string keys);

        [LoggerMessage(102, LogLevel.Information, "Key {Active} now seals new writes; what {Before} sealed is resealed in the background")]
        public static partial void Active(ILogger logger, string active, string before);

        [LoggerMessage(103, LogLevel.Warning, "{Problem}")]
        public static partial void Problem(ILogger logger, string problem);
    }
}
