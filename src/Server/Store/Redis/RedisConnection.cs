using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The multiplexer, what it tells of changes and reconnects, and the checks of the server behind it.</summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConnectionMultiplexer multiplexer;
    private readonly Action<StoreHint> hinted;
    private readonly ILogger logger;
    private readonly bool tolerate;
    private readonly string server;
    private string? runId;
    private volatile bool subscribed;
    private bool toldOfNoHints;

    private RedisConnection(ConnectionMultiplexer multiplexer, string server, bool tolerate, Action<StoreHint> hinted, ILogger logger)
    {
        this.multiplexer = multiplexer;
        this.server = server;
        this.tolerate = tolerate;
        this.hinted = hinted;
        this.logger = logger;
        multiplexer.ConnectionRestored += (_, _) => hinted(StoreHint.Reconnected);
    }

    /// <summary>Connects, with ten seconds of patience for a Redis that is just starting, checks it and subscribes to hints.</summary>
    public static async Task<RedisConnection> OpenAsync(
        ConfigurationOptions redis, StoreOptions settings, Action<StoreHint> hinted, ILogger logger, CancellationToken cancellationToken)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis);
        var connection = new RedisConnection(multiplexer, RedisSettings.Server(redis), settings.AllowWeakDurability, hinted, logger);
        try
        {
            if (await connection.FirstCheckAsync(cancellationToken) is { } fault)
            {
                if (!fault.Tolerated)
                    throw new StoreRefusedException(fault.Reason, fault.Text);
                Log.WeakDurability(logger, fault.Reason, fault.Text);
            }

            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs commands; whatever goes wrong is a <see cref="StoreUnavailableException"/>.</summary>
    public Task<T> RunAsync<T>(Func<IDatabaseAsync, Task<T>> commands, CancellationToken cancellationToken) =>
        RedisErrors.GuardAsync(() => commands(multiplexer.GetDatabase()), cancellationToken);

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellationToken)
    {
        var found = await RedisErrors.GuardAsync(() => RedisChecks.RunAsync(multiplexer.GetServers()[0], tolerate), cancellationToken);
        // The client may have missed a restart, or have been led elsewhere.
        if (Interlocked.Exchange(ref runId, found.RunId) is { } before && before != found.RunId)
            hinted(StoreHint.Reconnected);
        await SubscribeAsync(cancellationToken);
        return found.Fault;
    }

    /// <summary>Tells everybody to look again. Whoever does not hear it looks a little later, so a failure changes nothing.</summary>
    public void Hint()
    {
        try
        {
            multiplexer.GetSubscriber().Publish(RedisKeys.Changes, RedisValue.EmptyString, CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            Log.HintNotSent(logger, RedisErrors.Meaning(exception));
        }
    }

    public ValueTask DisposeAsync() => multiplexer.DisposeAsync();

    private async Task<StoreFault?> FirstCheckAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            try
            {
                return await CheckAsync(cancellationToken);
            }
            catch (StoreUnavailableException exception) when (patience.IsCancellationRequested)
            {
                // The client does not tell a refused login from a refused connection.
                throw new StoreRefusedException(
                    StoreReason.Unreachable, $"{exception.Message} at {server}; start it, or correct server, user or password in {RedisSettings.Name}");
            }
            catch (StoreUnavailableException)
            {
                // It may be starting; we ask again until our patience ends.
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Without hints the store only answers later, so failing here is told, once, and tried again with each check.</summary>
    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Pause * 10);
        while (!subscribed)
        {
            try
            {
                // OnMessage, unlike a handler given to Subscribe, keeps the order.
                (await multiplexer.GetSubscriber().SubscribeAsync(RedisKeys.Changes)).OnMessage(_ => hinted(StoreHint.Changed));
                subscribed = true;
                return;
            }
            catch (RedisConnectionException) when (!patience.IsCancellationRequested)
            {
                // The first use of the subscription's connection starts it, and with FailFast does not wait for it.
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                if (!Interlocked.Exchange(ref toldOfNoHints, true))
                    Log.NoHints(logger, RedisErrors.Meaning(exception));
                return;
            }

            await Task.Delay(Pause / 10, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store does not keep what is promised, allowed by Store:AllowWeakDurability: {Reason}: {Fault}")]
        public static partial void WeakDurability(ILogger logger, string reason, string fault);

        [LoggerMessage(
            2,
            LogLevel.Warning,
            "No hints of changes from Redis ({Cause}), so changes of other servers take up to a second; its ACL user needs &gc:changes +subscribe +publish")]
        public static partial void NoHints(ILogger logger, string cause);

        [LoggerMessage(3, LogLevel.Debug, "A hint of a change could not be sent ({Cause})")]
        public static partial void HintNotSent(ILogger logger, string cause);
    }
}
