using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Encryption;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// Brings back what a rolled back or replaced store has lost: the newest state this server holds of a tenant, else what the store has left,
/// is committed again above every rev that anybody was shown.
/// </summary>
internal sealed partial class Healer(
    IStore store, RecordSealer records, CommitMaker commits, CommitSender sender, Sealer sealer, View view, StoreHealth health, AuditLog audit,
    ServiceMetrics metrics, ILogger<Healer> log)
{
    private const int MaxConflicts = 10;

    /// <summary>Commits a tenant's state above a rev this server has confirmed, unless that has happened meanwhile.</summary>
    /// <returns>The tenant's newest state, or an unreadable reading where nobody has anything left that opens.</returns>
    public Task<Reading> HealAsync(TenantId tenant, long confirmedRev, CancellationToken cancellationToken) =>
        HealAsync(
            tenant, confirmedRev, reading => reading.Rev >= confirmedRev,
            Origin.Service(Origin.RolledBack) with { Reason = $"this server had confirmed rev {confirmedRev}, and the store had lost it" }, cancellationToken);

    /// <summary>The same above a revision that a node was once shown.</summary>
    /// <param name="tenant">Whose state.</param>
    /// <param name="shownRevision">What the node holds.</param>
    /// <param name="node">The caller that holds it, for the audit.</param>
    /// <param name="from">Its address.</param>
    /// <param name="cancellationToken">The call's.</param>
    public Task<Reading> HealAboveRevisionAsync(TenantId tenant, long shownRevision, string node, string from, CancellationToken cancellationToken) =>
        HealAsync(
            tenant, shownRevision, reading => !reading.IsUnreadable && reading.Record.Revision >= shownRevision,
            new(node, from, Origin.RolledBack, $"{node} resumed from revision {shownRevision}, which this service had shown, and the store had lost it"), cancellationToken);

    private async Task<Reading> HealAsync(TenantId tenant, long above, Func<Reading, bool> suffices, Origin because, CancellationToken cancellationToken)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            await MakeSureStoreIsOursAsync(tenant, cancellationToken);
            var stored = (await store.ReadAsync([tenant], cancellationToken))[0];
            var current = records.Open(stored);
            var tooOld = IsHealedFromTooOld(current);
            if (suffices(current) && !tooOld)
                return current;

            var held = Held(tenant);
            var source = held is not null && (tooOld || held.Rev > current.Rev) ? held : current;
            if (source.IsUnreadable)
                return source;
            if (await CommitAsync(source.Record, current, above, because) is { } healed)
                return healed;
        }
        // Only this tenant's; the others go on.
        return Reading.Unreadable(tenant, null);
    }

    /// <summary>A store that no longer knows this deployment says nothing about its tenants, and takes nothing.</summary>
    /// <exception cref="StoreUnavailableException">It is not ours, or does not answer.</exception>
    public async Task MakeSureStoreIsOursAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var changes = await store.ChangesSinceAsync(Partition.Of(tenant, store.Partitions), long.MaxValue, cancellationToken);
        if (changes.DeploymentId != sealer.DeploymentId)
        {
            health.IsForeign = true;
            throw new StoreUnavailableException(health.WriteObstacle!);
        }
    }

    /// <summary>Another server has healed the tenant from a state older than the one this server holds: that is to be healed again.</summary>
    public bool IsHealedFromTooOld(Reading reading) =>
        !reading.IsUnreadable
        && reading.Record.HealedFrom is { } from
        && Held(reading.Tenant) is { IsUnreadable: false } held
        && held.Rev < reading.Rev
        && (held.Record.HealedFrom ?? held.Rev) > from;

    private Reading? Held(TenantId tenant) =>
        view.Stored(tenant) is { } stored ? records.Open(new StoredTenant(tenant, stored, InIndex: true)) : null;

    private async Task<Reading?> CommitAsync(TenantRecord source, Reading current, long above, Origin because)
    {
        var at = commits.Next(Math.Max(Math.Max(above, current.Rev), source.Rev));
        var decision = (Decision.Changed)Rules.Apply(source, new Command.Heal(), at);
        var (commit, reading, entry) = commits.MakeHeal(source, decision, current, because);
        var (outcome, resent) = await sender.SendAsync(commit);
        if (outcome is not CommitOutcome.Committed && !(resent && outcome is CommitOutcome.Known))
            return null;
        health.RolledBack();
        metrics.RolledBack();
        Log.Healed(log, source.Tenant, source.Rev, at.Rev, because.Reason);
        audit.Written(entry);
        view.Offer(reading);
        return reading;
    }

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Error, "The store lost the newest state of tenant {Tenant}; the state of rev {From} was committed again as rev {Rev}: {Because}. Find out why the store went back: restored backup, replaced disk, or no fsync")]
        public static partial void Healed(ILogger logger, TenantId tenant, long from, long rev, string? because);
    }
}
