using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Restores what a rolled back or replaced store has lost: the newest state this server holds of a tenant, or else what the store still has,
/// is committed again above every rev that was ever shown.
/// </summary>
internal sealed partial class RollbackRepair(
    IStore store, RecordSealer records, CommitMaker commits, CommitSender sender, Sealer sealer, View view, StoreHealth health, AuditLog audit,
    ServiceMetrics metrics, TimeProvider clock, ILogger<RollbackRepair> log)
{
    private const int MaxConflicts = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Commits a tenant's state above a rev this server has confirmed, unless that has already happened.</summary>
    /// <returns>
    /// The tenant's newest state, or an unreadable snapshot if no copy is left that opens; null if other servers wrote the tenant each time.
    /// </returns>
    public Task<RecordSnapshot?> TryHealAsync(TenantId tenant, long confirmedRev, CancellationToken cancellationToken) =>
        HealAsync(
            tenant, confirmedRev, snapshot => snapshot.Rev >= confirmedRev && !IsForged(snapshot),
            Origin.Service(Origin.RolledBack) with { Reason = $"this server had confirmed rev {confirmedRev}, and the store had lost it" }, cancellationToken);

    /// <summary>Commits a tenant's state above a revision that a node was once shown.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="shownRevision">The revision the node holds.</param>
    /// <param name="node">The caller that holds it, for the audit.</param>
    /// <param name="from">Its address.</param>
    /// <param name="cancellationToken">The call's.</param>
    /// <exception cref="StoreUnavailableException">
    /// The store does not answer or belongs to another deployment, or other servers wrote the tenant each time.
    /// </exception>
    public async Task<RecordSnapshot> HealAboveRevisionAsync(
        TenantId tenant, long shownRevision, string node, string from, CancellationToken cancellationToken) =>
        await HealAsync(
            tenant, shownRevision, snapshot => !snapshot.IsUnreadable && snapshot.Record.Revision >= shownRevision,
            new(node, from, Origin.RolledBack, $"{node} resumed from revision {shownRevision}, which this service had shown, and the store had lost it"),
            cancellationToken)
        ?? throw Contended(tenant);

    /// <summary>Nothing is damaged; the condition is temporary.</summary>
    public static StoreUnavailableException Contended(TenantId tenant) =>
        new($"the store has lost commits of tenant '{tenant}', and too many concurrent writes prevent restoring them at the moment");

    private async Task<RecordSnapshot?> HealAsync(
        TenantId tenant, long above, Func<RecordSnapshot, bool> suffices, Origin because, CancellationToken cancellationToken)
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
            var source = held is not null && (tooOld || held.Rev > current.Rev || IsForged(current)) ? held : current;
            if (source.IsUnreadable)
                return source;
            var at = commits.Next(Math.Max(Math.Max(above, current.IsUnreadable ? 0 : current.Rev), source.Rev));
            if (await CommitAsync(source.Record, current, at, because) is { } healed)
                return healed;
            await Task.Delay(Pause * (conflicts + Random.Shared.NextDouble()), clock, cancellationToken);
        }
        return null;
    }

    /// <summary>A store without this deployment's id proves nothing about its tenants and is not written.</summary>
    /// <exception cref="StoreUnavailableException">It belongs to another deployment, or does not answer.</exception>
    public async Task MakeSureStoreIsOursAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var changes = await store.ChangesSinceAsync(Partition.Of(tenant, store.Partitions), long.MaxValue, cancellationToken);
        if (changes.DeploymentId != sealer.DeploymentId)
        {
            health.IsForeign = true;
            throw new StoreUnavailableException(health.WriteBlock!);
        }
    }

    /// <summary>Another server has repaired the tenant from a state older than the one this server holds: the repair has to be repeated.</summary>
    public bool IsHealedFromTooOld(RecordSnapshot snapshot) =>
        !snapshot.IsUnreadable
        && snapshot.Record.HealedFrom is { } from
        && Held(snapshot.Tenant) is { IsUnreadable: false } held
        && held.Rev < snapshot.Rev
        && (held.Record.HealedFrom ?? held.Rev) > from;

    /// <summary>The record does not open, and the rev stored with it was never reached: the record is lost, whatever its bytes are.</summary>
    public bool IsForged(RecordSnapshot snapshot) => snapshot.IsUnreadable && Revs.IsAhead(snapshot.Rev, clock.GetUtcNow());

    /// <summary>
    /// The record opens, and its rev is far ahead of this server's clock: the clock is or was wrong, or an older version trusted a damaged rev.
    /// </summary>
    public bool IsAhead(RecordSnapshot snapshot) => !snapshot.IsUnreadable && Revs.IsAhead(snapshot.Rev, clock.GetUtcNow());

    /// <summary>
    /// Commits a state whose rev is far ahead again, under a current rev: its revision goes back. Only if an operator has asked for it.
    /// </summary>
    /// <returns>Null: another server was faster.</returns>
    public async Task<RecordSnapshot?> BringBackAsync(RecordSnapshot ahead, CancellationToken cancellationToken)
    {
        await MakeSureStoreIsOursAsync(ahead.Tenant, cancellationToken);
        return await CommitAsync(
            ahead.Record, ahead, commits.Next(0),
            Origin.Service(Origin.RolledBack) with { Reason = $"rev {ahead.Rev} is far ahead, and Store:BringRevisionsBack is set" });
    }

    private RecordSnapshot? Held(TenantId tenant) =>
        view.Stored(tenant) is { } stored ? records.Open(new StoredTenant(tenant, stored, InIndex: true)) : null;

    private async Task<RecordSnapshot?> CommitAsync(TenantRecord source, RecordSnapshot current, Moment at, Origin because)
    {
        var decision = (Decision.Changed)RecordRules.Apply(source, new Command.Heal(), at);
        var (commit, snapshot, entry) = commits.MakeHeal(source, decision, current, because);
        var (outcome, resent) = await sender.SendAsync(commit);
        if (outcome is not CommitOutcome.Committed && !(resent && outcome is CommitOutcome.Known))
            return null;
        health.RolledBack();
        metrics.RolledBack();
        Log.Healed(log, source.Tenant, source.Rev, at.Rev, because.Reason);
        audit.Written(entry);
        view.Offer(snapshot);
        return snapshot;
    }

    private static partial class Log
    {
        [LoggerMessage(200, LogLevel.Error,
            "The store lost the newest state of tenant {Tenant}; the state of rev {From} was committed again as rev {Rev}: {Because}. "
            + "Find out why the store went back: restored backup, replaced disk, or no fsync")]
        public static partial void Healed(ILogger logger, TenantId tenant, long from, long rev, string? because);
    }
}
