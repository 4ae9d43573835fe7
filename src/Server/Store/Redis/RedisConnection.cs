using GrpcCreds.Server.Observability;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// The connections to the primaries, wherever they are now: it follows Sentinels and a Cluster, checks the servers, and sends each command to the
/// primary that holds its key, behind a <see cref="RedisBarrier"/> where replicas must confirm.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    /// <summary>For every command: a redirection would lead past the barrier of the server that was chosen.</summary>
    public const CommandFlags Flags = CommandFlags.DemandMaster | CommandFlags.NoRedirect;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly RedisTarget target;
    private readonly StoreOptions settings;
    private readonly RedisInquiry inquiry;
    private readonly RedisHints hints;
    private readonly RedisChecks checks;
    private readonly MakeBarrier makeBarrier;
    private readonly Action<StoreHint> hinted;
    private readonly BackgroundWork work;
    private readonly ILogger logger;
    private readonly CancellationTokenSource closing = new();
    private readonly List<(RedisPrimary Primary, long At)> replaced = [];
    private ITopologySource? source;
    private Task following = Task.CompletedTask;
    private volatile Routes routes = Routes.None;
    private volatile StoreDurability? durability = StoreDurability.Disk;
    private volatile bool isOnDisk;
    private bool wasRefused;
    private string? runIds;

    private RedisConnection(
        RedisTarget target, StoreOptions settings, MakeBarrier makeBarrier, Action<StoreHint> hinted, BackgroundWork work, ILogger logger)
    {
        (this.target, this.settings, this.makeBarrier, this.hinted, this.work, this.logger) = (target, settings, makeBarrier, hinted, work, logger);
        inquiry = new RedisInquiry(target.Redis);
        hints = new RedisHints(inquiry, hinted, logger);
        checks = new RedisChecks(settings, target.ServiceName is not null);
    }

    /// <summary>The product that answers, and its version.</summary>
    public RedisProduct Product => inquiry.Product;

    /// <summary>What an acknowledgement means: the class as the last check found it, the number of servers as it is now.</summary>
    public StoreDurability Durability => durability is null
        ? StoreDurability.Replicas(routes.Primaries.Values.Min(primary => primary.Barrier?.Confirmed ?? 0) + 1, isOnDisk)
        : durability;

    /// <summary>Connects, waiting up to ten seconds for a Redis that is just starting, checks it and subscribes to hints.</summary>
    public static async Task<RedisConnection> OpenAsync(
        RedisTarget target,
        StoreOptions settings,
        MakeBarrier makeBarrier,
        Action<StoreHint> hinted,
        BackgroundWork work,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        var connection = new RedisConnection(target, settings, makeBarrier, hinted, work, logger);
        try
        {
            var fault = await connection.FirstCheckAsync(cancellationToken);
            if (fault is { Tolerated: false })
                throw new StoreRefusedException(fault.Reason, fault.Text);
            Log.Found(logger, connection.Product, connection.Server, connection.Durability.Meaning);
            if (fault is not null)
                Log.WeakDurability(logger, fault.Reason, fault.Text);
            connection.following = work.RepeatAsync(
                "RedisTopology", waiting => Task.Delay(connection.source!.Interval, waiting), connection.FollowAsync, connection.closing.Token);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc cref="RedisTopology.AreInOneScript"/>
    public bool AreInOneScript(RedisKey one, RedisKey other) => routes.Topology.AreInOneScript(one!, other!);

    /// <summary>Whether two keys are held by the same primary.</summary>
    public bool AreTogether(RedisKey one, RedisKey other) => routes.Of(one!) == routes.Of(other!);

    /// <summary>Runs commands at the primary that holds a key; every failure becomes a <see cref="StoreUnavailableException"/>.</summary>
    public Task<T> RunAsync<T>(RedisKey key, Func<IDatabaseAsync, Task<T>> commands, CancellationToken cancellationToken)
    {
        var primary = routes.Of(key!) ?? throw new StoreUnavailableException($"no {Product.Name} server is responsible for a part of the data now");
        return RedisErrors.GuardAsync(() => primary.RunAsync(commands), inquiry.Meaning, cancellationToken);
    }

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellationToken)
    {
        if (closing.IsCancellationRequested)
            throw new StoreUnavailableException("the store is closing");
        var current = routes;
        var (fault, runs) = ((StoreFault?)null, "");
        var (isReplicated, onDisk) = (false, true);
        foreach (var shard in current.Topology.Shards)
        {
            RedisChecks.Finding primary;
            try
            {
                primary = await inquiry.AskAsync(shard.Primary, asking => checks.RunAsync(asking, cancellationToken), cancellationToken);
            }
            catch (RedisLoginRefusedException exception)
            {
                wasRefused = true;
                return new StoreFault(StoreReason.Unreachable, exception.Message, Tolerated: false);
            }
            inquiry.Product = primary.Product;
            runs += $"{primary.RunId} ";
            fault ??= primary.Fault;
            isReplicated |= primary.IsReplicated;
            onDisk &= primary.IsOnDisk;
            if (primary.Fault is not null || current.Of(shard) is not { Barrier: { } barrier })
                continue;
            // Shows that the replicas confirm before anything depends on it, and which they are.
            await RunAsync(current.Topology.MarkKey(shard), database => database.PingAsync(), cancellationToken);
            foreach (var replica in shard.Quorum.Count is null ? shard.Quorum.Promotable : barrier.Connected)
            {
                var (wrong, itsOnDisk) = await OfReplicaAsync(replica, barrier, cancellationToken);
                fault ??= wrong;
                onDisk &= itsOnDisk;
            }
        }
        if (wasRefused)
            Array.ForEach([.. current.Primaries.Values], primary => primary.Depose());
        wasRefused = false;
        if (fault is null or { Tolerated: true })
            (isOnDisk, durability) = (onDisk, DurabilityOf(fault, isReplicated));
        // The client may have missed a restart.
        if (Interlocked.Exchange(ref runIds, runs) is { } before && before != runs)
            hinted(StoreHint.Reconnected);
        await hints.SubscribeAsync(() => routes.Of(RedisKeys.Meta!), cancellationToken);
        return fault;
    }

    /// <summary>Asks all servers to look again. A server that misses the hint looks a little later, so a failure changes nothing.</summary>
    public void Hint() => hints.Send(routes.Of(RedisKeys.Meta!));

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await following;
        source?.Dispose();
        foreach (var primary in routes.Primaries.Values.Concat(replaced.Select(one => one.Primary)))
            await primary.DisposeAsync();
    }

    private bool HasBarrier => (source is not NamedServer || settings.ReplicaCount is not null)
        && settings is { AllowWeakDurability: false, Expected: not (DurabilityClass.Log or DurabilityClass.Provider) };

    // Null: as many servers as confirm now.
    private StoreDurability? DurabilityOf(StoreFault? fault, bool isReplicated) => (fault, settings.Expected) switch
    {
        ({ } weak, _) => StoreDurability.Weak(weak),
        (_, DurabilityClass.Log) => StoreDurability.Log,
        (_, DurabilityClass.Provider) => StoreDurability.Provider,
        _ => isReplicated ? null : StoreDurability.Disk,
    };

    private async Task<StoreFault?> FirstCheckAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            StoreUnavailableException cause;
            try
            {
                source ??= await TopologySources.DetectAsync(target, settings.ReplicaCount, inquiry, cancellationToken);
                await FollowAsync(cancellationToken);
                if (routes.Topology.Shards.Count == 0)
                    throw TopologySources.Silence(source, target);
                var fault = await CheckAsync(cancellationToken);
                // Waiting does not help against a wrong password, nor against a missing permission.
                return fault is { Reason: StoreReason.Unreachable } ? throw Unreachable(fault.Text) : fault;
            }
            catch (RedisLoginRefusedException exception)
            {
                throw Unreachable(exception.Message);
            }
            catch (StoreUnavailableException exception)
            {
                cause = exception;
            }

            if (patience.IsCancellationRequested)
                throw cause is StoreUnconfirmedException ? Unconfirmed(cause.Message) : Unreachable(cause.Message);
            // It may be starting: retry until the patience ends.
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static StoreRefusedException Unreachable(string text) =>
        new(StoreReason.Unreachable, $"{text}; {RedisSettings.Name} and {RedisOptions.Section}:… set the server and the login");

    private static StoreRefusedException Unconfirmed(string text) => new(
        StoreReason.Unconfirmed,
        $"{text}; start the replicas, or set Store:Replicas to their number; where the provider of the store has no WAIT, set Store:Durability=provider, "
        + "with which a failover may lose acknowledged writes");

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (await source!.LookAsync(cancellationToken) is { } topology)
            await AdoptAsync(topology);
        // Commands that are on their way keep their connections until they have ended.
        foreach (var old in replaced.Where(old => Environment.TickCount64 - old.At > 2 * settings.CommandTimeout.TotalMilliseconds).ToList())
        {
            replaced.Remove(old);
            await old.Primary.DisposeAsync();
        }
    }

    private async Task AdoptAsync(RedisTopology topology)
    {
        var before = routes;
        // First what must confirm: connecting takes time.
        routes = before with { Topology = topology };
        var password = target.Redis.Password;
        var now = await Task.WhenAll(topology.Shards.Select(shard => ConnectAsync(topology, shard, before.Of(shard), password)));
        routes = new Routes(topology, topology.Shards.Zip(now).ToDictionary(one => one.First.Name, one => one.Second));
        var gone = before.Primaries.Values.Except(routes.Primaries.Values).ToList();
        replaced.AddRange(gone.Select(primary => (primary, Environment.TickCount64)));
        if (gone.Count > 0)
        {
            Log.Moved(logger, Product, Server);
            hinted(StoreHint.Reconnected);
        }
    }

    /// <returns>The present connections if they still serve, else others.</returns>
    private async Task<RedisPrimary> ConnectAsync(RedisTopology topology, RedisShard shard, RedisPrimary? present, string? password)
    {
        var stays = present is not null && present.EndPoint.Equals(shard.Primary);
        if (stays && !present!.IsOutdated(password) && topology.Of(present.MarkKey)?.Name == shard.Name)
            return present;
        var markKey = topology.MarkKey(shard);
        var other = await RedisPrimary.ConnectAsync(
            target.Redis,
            shard.Primary,
            markKey,
            HasBarrier ? commands => makeBarrier(target.Redis, shard.Primary, commands, () => QuorumOf(shard), markKey) : null,
            failed: () => _ = work.TryAsync("RedisProbe", () => inquiry.ExplainAsync(shard.Primary, closing.Token)),
            restored: () =>
            {
                inquiry.Restored();
                hinted(StoreHint.Reconnected);
            });
        if (!stays || other.IsConnected)
            return other;
        present!.Stay();
        await other.DisposeAsync();
        return present;
    }

    // Null as soon as another server is known as the primary, though its connections are still being made: what the old one's replicas confirm counts no more.
    private ReplicaQuorum? QuorumOf(RedisShard shard) =>
        routes.Topology.Shards.FirstOrDefault(one => one.Name == shard.Name && one.Primary.Equals(shard.Primary))?.Quorum;

    private async Task<(StoreFault? Fault, bool IsOnDisk)> OfReplicaAsync(string replica, RedisBarrier barrier, CancellationToken cancellationToken)
    {
        var colon = replica.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(replica[(colon + 1)..], out var port) || RedisAddress.TryOf(replica[..colon], port) is not { } server)
            return (null, false);
        try
        {
            return await inquiry.AskAsync(
                server,
                asking => checks.OfReplicaAsync(asking, Product, replica, cancellationToken),
                cancellationToken);
        }
        catch (StoreUnavailableException exception)
        {
            // It may be about to be held for dead. One that is at work must be reachable, because it may become the primary.
            return (barrier.Connected.Contains(replica)
                ? new StoreFault(StoreReason.Unsafe, $"a replica cannot be checked: {exception.Message}", Tolerated: false)
                : null, false);
        }
    }

    private string Server => string.Join(", ", routes.Topology.Shards.Select(shard => RedisAddress.Show(shard.Primary)));

    /// <summary>Where the commands go.</summary>
    private sealed record Routes(RedisTopology Topology, IReadOnlyDictionary<string, RedisPrimary> Primaries)
    {
        public static readonly Routes None = new(new RedisTopology([]), new Dictionary<string, RedisPrimary>());

        public RedisPrimary? Of(RedisShard shard) => Primaries.GetValueOrDefault(shard.Name);

        public RedisPrimary? Of(string key) => Topology.Of(key) is { } shard ? Of(shard) : null;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store does not provide the guaranteed durability, allowed by Store:AllowWeakDurability: {Reason}: {Fault}")]
        public static partial void WeakDurability(ILogger logger, string reason, string fault);

        [LoggerMessage(12, LogLevel.Information, "The store is {Product} at {Server}. {Durability}")]
        public static partial void Found(ILogger logger, RedisProduct product, string server, string durability);

        [LoggerMessage(13, LogLevel.Information, "The store is now {Product} at {Server}: another primary, a new password, or new connections")]
        public static partial void Moved(ILogger logger, RedisProduct product, string server);

    }
}
