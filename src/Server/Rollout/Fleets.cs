using System.Collections.Concurrent;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// The fleets this server reads: watched fleets each second, others on request. A fleet that was not requested for a while is forgotten. Paced by real time,
/// independent of the service's clock.
/// </summary>
internal sealed class Fleets(IStore store, ClusterMembers members, StoreDamage damage, TimeProvider clock, BackgroundWork work) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(2);
    private const int ReadsAtOnce = 16;
    private const int ReadsPerRound = 2_000;

    private readonly ConcurrentDictionary<TenantId, Fleet> fleets = new();
    private readonly ConcurrentDictionary<Watch, bool> watches = new();
    private int turn;

    /// <summary>The fleet from the store, at most 250 ms old.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<Fleet> ReadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var fleet = Of(tenant);
        await fleet.RefreshAsync(Fresh).WaitAsync(cancellationToken);
        return fleet;
    }

    /// <summary>The nodes' progress with a revision; null if there are no nodes.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<RolloutCounts?> CountAsync(TenantId tenant, long revision, CancellationToken cancellationToken) =>
        Count(await ReadAsync(tenant, cancellationToken), revision);

    /// <summary>Calls <paramref name="tick"/> each second, after the fleet was read, until disposed. The callback must only set a flag.</summary>
    public Watch Follow(TenantId tenant, Action tick)
    {
        var watch = new Watch(this, tenant, tick);
        lock (fleets)
            Of(tenant).Watchers++;
        watches[watch] = true;
        return watch;
    }

    /// <summary>The same, but reads the fleet first; if the store is unavailable, it is read before a later tick.</summary>
    public async Task<Watch> FollowAsync(TenantId tenant, Action tick, CancellationToken cancellationToken)
    {
        var watch = Follow(tenant, tick);
        try
        {
            await ReadAsync(tenant, cancellationToken);
            return watch;
        }
        catch (StoreUnavailableException)
        {
            return watch;
        }
        catch
        {
            watch.Dispose();
            throw;
        }
    }

    /// <summary>Applies the entries that this server has just set, with the values it wrote for them, and those it has dropped.</summary>
    public void Take(TenantId tenant, IReadOnlyList<NodeEntry> set, IReadOnlyList<StoredNode> written, IReadOnlyList<string> dropped)
    {
        if (fleets.TryGetValue(tenant, out var fleet))
            fleet.Take(set, written, dropped);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.EveryAsync(nameof(Fleets), Interval, TimeProvider.System, LookAsync, stoppingToken);

    private static RolloutCounts? Count(Fleet fleet, long revision) => fleet.Picture() is { Nodes.Length: > 0 } picture ? picture.Count(revision) : null;

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var watched = Turn([.. fleets.Where(fleet => fleet.Value.Watchers > 0).Select(fleet => fleet.Key)]);
        await Parallel.ForEachAsync(
            watched,
            new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = stoppingToken },
            async (tenant, cancel) => await TryReadAsync(tenant, cancel));
        foreach (var (watch, _) in watches)
        {
            if (watched.Contains(watch.Tenant))
                work.Try($"{nameof(Fleets)}: a watch", watch.Tick);
        }
        Forget();
    }

    // With very many fleets, as in a watch of all tenants, each fleet has its turn within seconds.
    private HashSet<TenantId> Turn(TenantId[] all)
    {
        if (all.Length <= ReadsPerRound)
            return [.. all];
        Array.Sort(all);
        turn = (turn + ReadsPerRound) % all.Length;
        return [.. Enumerable.Range(turn, ReadsPerRound).Select(place => all[place % all.Length])];
    }

    private async Task TryReadAsync(TenantId tenant, CancellationToken stoppingToken)
    {
        try
        {
            await ReadAsync(tenant, stoppingToken);
        }
        catch (StoreUnavailableException)
        {
            // Health reports the unavailable store or the damaged fleet. The fleet remains as last read, and time still affects it.
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            // The other fleets are still read.
            work.Failed($"{nameof(Fleets)}: a fleet", e);
        }
    }

    private void Forget()
    {
        lock (fleets)
        {
            foreach (var (tenant, fleet) in fleets)
            {
                // A tenant without nodes has nothing worth keeping, and callers may ask for tenants that do not exist.
                if (fleet.Watchers == 0 && (fleet.IsEmpty || TimeProvider.System.GetElapsedTime(fleet.UsedAt) > Idle))
                    fleets.TryRemove(new(tenant, fleet));
            }
        }
    }

    private Fleet Of(TenantId tenant) => fleets.GetOrAdd(tenant, name => new(name, store, members, damage, clock));

    /// <summary>One watch of a fleet.</summary>
    internal sealed class Watch(Fleets owner, TenantId tenant, Action tick) : IDisposable
    {
        public TenantId Tenant => tenant;

        public void Tick() => tick();

        /// <summary>The nodes according to the last read.</summary>
        public FleetSnapshot Picture() => owner.Of(tenant).Picture();

        /// <summary>The nodes' progress with a revision according to the last read; null if there are no nodes.</summary>
        public RolloutCounts? Count(long revision) => Fleets.Count(owner.Of(tenant), revision);

        public void Dispose()
        {
            if (!owner.watches.TryRemove(this, out _))
                return;
            lock (owner.fleets)
                owner.Of(tenant).Watchers--;
        }
    }
}
