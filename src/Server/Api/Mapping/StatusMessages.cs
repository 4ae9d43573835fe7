using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Watch;
using GrpcCreds.V1;
using Availability = GrpcCreds.V1.Availability;
using Outcome = GrpcCreds.V1.Outcome;
using RolloutCounts = GrpcCreds.Server.Rollout.RolloutCounts;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>The messages of one WatchCredentialStatus stream: the record and the progress of the rollout in one status.</summary>
internal sealed class StatusMessages(WatchCredentialStatusRequest request, StatusMapper status, Fleets fleets) : IStatusMessages<WatchCredentialStatusResponse>
{
    /// <summary>In a watch of many tenants, an unchanged status is checked again after this many seconds, because time alone can change it.</summary>
    private const int LookEvery = 60;

    private readonly ConcurrentDictionary<TenantId, Followed> followed = new();

    public bool EndsWhenAllHaveCome => request.Until != Until.Unspecified;

    public static StatusScope ScopeOf(WatchCredentialStatusRequest request) => new(
        request.AllTenants ? null : request.TenantId != "" ? [TenantId.Parse(request.TenantId)] : [.. request.TenantIds.Select(TenantId.Parse)],
        IsOne: request.TenantId != "");

    public async Task<IDisposable> FollowAsync(TenantId tenant, System.Action changed, CancellationToken cancellationToken)
    {
        var fleet = new Followed(changed, lookEvery: request.TenantId != "" ? 1 : LookEvery);
        fleet.Watch = await fleets.FollowAsync(tenant, fleet.Tick, cancellationToken);
        return followed[tenant] = fleet;
    }

    public WatchCredentialStatusResponse Of(RecordSnapshot snapshot) =>
        new() { Status = status.Map(snapshot, snapshot.IsUnreadable ? null : followed[snapshot.Tenant].Count(snapshot.Record.Revision)) };

    public WatchCredentialStatusResponse NotPermitted(TenantId tenant) => new()
    {
        Status = new() { TenantId = tenant.ToString(),
            Availability = Availability.NotPermitted, Advice = PublishedState.Advice(Tenants.Model.Availability.NotPermitted) },
    };

    public bool HasCome(WatchCredentialStatusResponse response) => (request.Until, response.Status) switch
    {
        (Until.SetupFinished, var now) => now.Availability != Availability.Unreadable && !now.Modes.Any(mode => mode.LastSetup?.Outcome == Outcome.Pending),
        (Until.RotationFinished, var now) =>
            now.Availability != Availability.Unreadable && !now.Modes.Any(mode => mode.Current?.Rotation?.Outcome == Outcome.Pending),
        (Until.RolledOut, var now) => now.Rollout?.Outcome == Outcome.Succeeded,
        _ => false,
    };

    public WatchCredentialStatusResponse Synced() => new() { Synced = new() };

    public WatchCredentialStatusResponse Heartbeat(DateTimeOffset asOf, IEnumerable<TenantId> stale) =>
        new() { Heartbeat = new() { AsOf = asOf.ToTimestamp(), StaleTenantIds = { stale.Select(tenant => tenant.ToString()) } } };

    /// <summary>A fleet, and its counts when they were last sent.</summary>
    private sealed class Followed(System.Action changed, int lookEvery) : IDisposable
    {
        private readonly Lock gate = new();

        // Random start: the tenants must not all be checked in the same second.
        private int seconds = Random.Shared.Next(lookEvery);
        private (long Revision, RolloutCounts? Counts)? said;

        public Fleets.Watch? Watch { get; set; }

        public RolloutCounts? Count(long revision)
        {
            var counts = Watch!.Count(revision);
            lock (gate)
                said = (revision, counts);
            return counts;
        }

        public void Tick()
        {
            (long Revision, RolloutCounts? Counts)? last;
            lock (gate)
                last = said;
            if (Watch is null || last is not { } shown)
                return;
            if (++seconds % lookEvery == 0 || Watch.Count(shown.Revision) != shown.Counts)
                changed();
        }

        public void Dispose() => Watch?.Dispose();
    }
}
