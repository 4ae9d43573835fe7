using System.Diagnostics;
using System.Threading.Channels;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Following;

/// <summary>
/// Follows the store's change index: every 500 ms and on every hint it reads what was committed since, and shows it to the watchers. A
/// hint only means "look now"; only the index is trusted.
/// </summary>
internal sealed partial class Follower(
    IStore store, TenantRecords tenantRecords, View view, RevisionAges ages, ChangePositions positions, Sealer sealer, StoreHealth health,
    ServiceMetrics metrics, TimeProvider clock, BackgroundWork work, ILogger<Follower> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a hint waits after the last look, in real time: under many commits one look takes in those of a while.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(60);

    /// <summary>While the check finds a fault: a fixed store is used within seconds.</summary>
    private static readonly TimeSpan RecheckInterval = TimeSpan.FromSeconds(2);
    private const int Page = 1000;

    private readonly Channel<StoreHint> hints =
        Channel.CreateBounded<StoreHint>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long lookedAt;
    private long? checkedAt;
    private string? complaint;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Every tenant is known before the first call is served.
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        store.Hinted += OnHint;
        try
        {
            await work.RepeatAsync(nameof(Follower), WaitAsync, LookAsync, stoppingToken);
        }
        finally
        {
            store.Hinted -= OnHint;
        }
    }

    private void OnHint(StoreHint hint)
    {
        if (hint == StoreHint.Reconnected)
            positions.LookAgain();
        hints.Writer.TryWrite(hint);
    }

    private async Task WaitAsync(CancellationToken stoppingToken)
    {
        using var due = new CancellationTokenSource(Interval, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(due.Token, stoppingToken);
        await ((Task)hints.Reader.WaitToReadAsync(either.Token).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Pace - Stopwatch.GetElapsedTime(lookedAt) is { Ticks: > 0 } left)
            await Task.Delay(left, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stoppingToken.ThrowIfCancellationRequested();
        hints.Reader.TryRead(out _);
        lookedAt = Stopwatch.GetTimestamp();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var everything = positions.TakeLookAgain();
        try
        {
            var (began, timestamp) = (clock.GetUtcNow(), clock.GetTimestamp());
            if (everything || checkedAt is not { } at || clock.GetElapsedTime(at) >= (health.Fault is null ? CheckInterval : RecheckInterval))
                await CheckAsync(cancellationToken);
            var complete = true;
            for (var partition = 0; partition < store.Partitions; partition++)
                complete &= await FollowAsync(partition, everything, cancellationToken);
            if (!complete)
                return;
            health.Durability = store.Durability;
            metrics.StoreDurability($"{health.Durability.Class}".ToLowerInvariant());
            health.Looked(began, timestamp);
            Complain(health.WriteBlock);
        }
        catch (StoreUnavailableException e)
        {
            if (everything)
                positions.LookAgain();
            Complain(e.Message);
        }
        catch when (everything)
        {
            // The comparison still has to be made.
            positions.LookAgain();
            throw;
        }
    }

    // Logged once, not twice a second.
    private void Complain(string? block)
    {
        if (block == complaint)
            return;
        complaint = block;
        metrics.StoreUsable(block is null);
        if (block is null)
            Log.Recovered(log);
        else
            Log.Obstacle(log, block);
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        health.Fault = await store.CheckAsync(cancellationToken);
        foreach (var tenants in view.WatchedWithoutRecord.Chunk(Page))
            await TryReadAsync(tenants, cancellationToken);
        checkedAt = clock.GetTimestamp();
    }

    /// <returns>Whether everything committed before this began is known now.</returns>
    private async Task<bool> FollowAsync(int partition, bool everything, CancellationToken cancellationToken)
    {
        var from = everything ? 0 : positions[partition];
        var changes = await store.ChangesSinceAsync(partition, from, cancellationToken);
        health.IsForeign = changes.DeploymentId != sealer.DeploymentId;
        if (health.IsForeign)
        {
            Complain(health.WriteBlock);
            positions.LookAgain();
            return false;
        }
        if (changes.Seq < from)
        {
            positions.LookAgain();
            hints.Writer.TryWrite(StoreHint.Changed);
            return false;
        }
        var tenants = everything
            ? changes.Tenants.Select(change => change.Tenant).Union(view.Tenants.Where(tenant => Partition.Of(tenant, store.Partitions) == partition))
            : changes.Tenants.Where(change => !view.IsOwnCommit(change.Tenant, change.Seq)).Select(change => change.Tenant);
        foreach (var page in tenants.Chunk(Page))
            await TakeInAsync(page, everything, cancellationToken);
        positions[partition] = changes.Seq;
        return true;
    }

    // Only watched tenants are read and opened; for the others it is enough to know that they exist. After an interruption, the tenants this
    // server once held are compared too, because a rollback of the store must be detected.
    private async Task TakeInAsync(TenantId[] tenants, bool everything, CancellationToken cancellationToken)
    {
        var known = tenants.Select(view.KnownRev).ToArray();
        var revs = await store.RevsAsync(tenants, cancellationToken);
        var toRead = new List<TenantId>();
        for (var i = 0; i < tenants.Length; i++)
        {
            var tenant = tenants[i];
            ages.Saw(tenant, revs[i]);
            if (revs[i] < known[i] || (revs[i] > known[i] && (view.IsWatched(tenant) || (everything && view.Stored(tenant) is not null))))
                toRead.Add(tenant);
            else
                view.Saw(tenant);
        }
        if (toRead.Count > 0)
            await TryReadAsync(toRead, cancellationToken);
    }

    private async Task TryReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        if ((await tenantRecords.TryReadAsync(tenants, cancellationToken)).Contains(null))
            positions.LookAgain();
    }

    private static partial class Log
    {
        [LoggerMessage(210, LogLevel.Error, "The store cannot be used now: {Obstacle}. Nothing is written; open streams keep their current state")]
        public static partial void Obstacle(ILogger logger, string obstacle);

        [LoggerMessage(211, LogLevel.Information, "The store can be used again")]
        public static partial void Recovered(ILogger logger);
    }
}
