using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Rollout;

/// <summary>Measures the duration of rollouts: from this server's answer to a write until the last node reports that it applied it.</summary>
internal sealed class RolloutTimes(Fleets fleets, ServiceMetrics metrics, TimeProvider clock)
{
    /// <summary>A rollout that takes longer is counted as unfinished.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <summary>The maximum number of rollouts measured at the same time: a measured fleet is read each second.</summary>
    private const int MaxRunning = 500;

    private readonly ConcurrentDictionary<TenantId, Measured> running = new();

    /// <summary>Called when a write that changed what nodes receive is being answered.</summary>
    public void Answered(RecordSnapshot snapshot)
    {
        // Only if the commit that is being answered is the one that changed the revision.
        if (snapshot.IsUnreadable || snapshot.Record.Revision != snapshot.Record.Rev || running.Count >= MaxRunning)
            return;
        var measured = new Measured(snapshot.Record.Revision, clock.GetUtcNow());
        measured.Watch = fleets.Follow(snapshot.Tenant, () => Look(snapshot.Tenant, measured));
        if (running.TryGetValue(snapshot.Tenant, out var before))
            End(snapshot.Tenant, before);
        running[snapshot.Tenant] = measured;
    }

    private void Look(TenantId tenant, Measured measured)
    {
        if (measured.Watch?.Picture() is not { } picture)
            return;
        var counts = picture.Count(measured.Revision);
        var isLate = clock.GetUtcNow() - measured.Answered > Patience;
        if (counts.HasSucceeded && LastApplied(picture, measured.Revision) is { } last)
            metrics.RolledOut(last - measured.Answered);
        else if (isLate && counts.Expected > counts.Applied)
            metrics.NotRolledOut();
        // Without nodes there is nothing to measure.
        if (counts.HasSucceeded || counts.Expected == 0 || isLate)
            End(tenant, measured);
    }

    private void End(TenantId tenant, Measured measured)
    {
        measured.Watch?.Dispose();
        running.TryRemove(new(tenant, measured));
    }

    // If all nodes already have a newer revision, it is not known when they had this one.
    private static DateTimeOffset? LastApplied(FleetSnapshot picture, long revision) =>
        picture.Nodes.Where(node => node.IsExpected && node.Applied == revision).Select(node => (long?)node.AppliedTime).Max() is { } last
            ? DateTimeOffset.FromUnixTimeMilliseconds(last)
            : null;

    private sealed class Measured(long revision, DateTimeOffset answered)
    {
        public long Revision => revision;

        public DateTimeOffset Answered => answered;

        public Fleets.Watch? Watch { get; set; }
    }
}
