using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The multiplexer, its notifications of changes and reconnects, and the checks of the server behind it.</summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly ConnectionMultiplexer multiplexer;
    private readonly Action<StoreHint> hinted;
    private readonly ILogger logger;
    private readonly bool tolerate;
    private readonly ConfigurationOptions redis;
    private readonly CancellationTokenSource closing = new();
    private string? runId;
    private volatile RedisProduct product = RedisProduct.Unknown;
    private volatile string? hindrance;
    private bool isExplaining;
    private volatile bool isLoginKnown;
    private bool wasRefused;
    private volatile bool subscribed;
    private bool toldOfNoHints;

    private RedisConnection(ConnectionMultiplexer multiplexer, ConfigurationOptions redis, bool tolerate, Action<StoreHint> hinted, ILogger logger)
    {
        this.multiplexer = multiplexer;
        this.redis = redis;
        this.tolerate = tolerate;
        this.hinted = hinted;
        this.logger = logger;
        multiplexer.ConnectionFailed += (_, _) => _ = ExplainAsync();
        multiplexer.ConnectionRestored += (_, _) =>
        {
            hindrance = null;
            isLoginKnown = false;
            hinted(StoreHint.Reconnected);
        };
    }

    /// <summary>The product that answers, and its version.</summary>
    public RedisProduct Product => product;

    /// <summary>Connects, waiting up to ten seconds for a Redis that is just starting, checks it and subscribes to hints.</summary>
    public static async Task<RedisConnection> OpenAsync(
        ConfigurationOptions redis, StoreOptions settings, Action<StoreHint> hinted, ILogger logger, CancellationToken cancellationToken)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(redis);
        var connection = new RedisConnection(multiplexer, redis, settings.AllowWeakDurability, hinted, logger);
        try
        {
            var fault = await connection.FirstCheckAsync(cancellationToken);
            if (fault is { Tolerated: false })
                throw new StoreRefusedException(fault.Reason, fault.Text);
            Log.Found(logger, connection.product, connection.Server);
            if (fault is not null)
                Log.WeakDurability(logger, fault.Reason, fault.Text);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs commands; every failure becomes a <see cref="StoreUnavailableException"/>.</summary>
    public Task<T> RunAsync<T>(Func<IDatabaseAsync, Task<T>> commands, CancellationToken cancellationToken) =>
        RedisErrors.GuardAsync(() => commands(multiplexer.GetDatabase()), Meaning, cancellationToken);

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellationToken)
    {
        if (!isLoginKnown && await LoginAsync(cancellationToken) is { } refused)
            return new StoreFault(StoreReason.Unreachable, Text(refused), Tolerated: false);
        var found = await RedisErrors.GuardAsync(() => RedisChecks.RunAsync(multiplexer.GetServers()[0], tolerate), Meaning, cancellationToken);
        product = found.Product;
        // The client may have missed a restart, or may have been redirected.
        if (Interlocked.Exchange(ref runId, found.RunId) is { } before && before != found.RunId)
            hinted(StoreHint.Reconnected);
        await SubscribeAsync(cancellationToken);
        return found.Fault;
    }

    /// <summary>Asks all servers to look again. A server that misses the hint looks a little later, so a failure changes nothing.</summary>
    public void Hint()
    {
        try
        {
            multiplexer.GetSubscriber().Publish(RedisKeys.Changes, RedisValue.EmptyString, CommandFlags.FireAndForget);
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            Log.HintNotSent(logger, Meaning(exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await multiplexer.DisposeAsync();
    }

    private string Server => RedisSettings.Server(redis);

    private string Meaning(Exception exception) =>
        exception is RedisConnectionException && hindrance is { } known ? known : RedisErrors.Meaning(exception, product.Name);

    // While there is no connection, the cause is included in the message of each failed command.
    private async Task ExplainAsync()
    {
        if (Interlocked.Exchange(ref isExplaining, true))
            return;
        try
        {
            hindrance = (await RedisProbe.RunAsync(redis, closing.Token)) is { } found ? Text(found) : null;
            await Task.Delay(Pause * 10, closing.Token);
        }
        catch (OperationCanceledException)
        {
            // The store is closing.
        }
        finally
        {
            isExplaining = false;
        }
    }

    private string Text(RedisProbe.Finding found) => $"{product.Name} at {Server} {found.Cause}";

    // If the password is refused, the library keeps its connection: unauthenticated, or as the user default if that one needs no password. So the
    // login is probed separately, and once it works the connection is authenticated.
    private async Task<RedisProbe.Finding?> LoginAsync(CancellationToken cancellationToken)
    {
        if (await RedisProbe.RunAsync(redis, cancellationToken) is { } found)
        {
            // Any other failure proves nothing about the login; the next check probes again.
            wasRefused |= found.IsLogin;
            return found.IsLogin ? found : null;
        }
        if (wasRefused && redis.Password is { Length: > 0 } password)
        {
            object[] login = redis.User is { Length: > 0 } user ? [user, password] : [password];
            await RedisErrors.GuardAsync(() => multiplexer.GetServers()[0].ExecuteAsync("AUTH", login), Meaning, cancellationToken);
        }
        (wasRefused, isLoginKnown) = (false, true);
        return null;
    }

    private async Task<StoreFault?> FirstCheckAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            string text;
            try
            {
                // Waiting does not help against a wrong password.
                var fault = await CheckAsync(cancellationToken);
                return fault is { Reason: StoreReason.Unreachable } ? throw Unreachable(fault.Text) : fault;
            }
            catch (StoreUnavailableException exception)
            {
                text = await RedisProbe.RunAsync(redis, cancellationToken) is { } found ? Text(found) : $"{exception.Message} ({Server})";
            }

            if (patience.IsCancellationRequested)
                throw Unreachable(text);
            // It may be starting: retry until the patience ends.
            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static StoreRefusedException Unreachable(string text) =>
        new(StoreReason.Unreachable, $"{text}; {RedisSettings.Name} and {RedisOptions.Section}:… set the server and the login");

    /// <summary>Without hints the store only answers later, so a failure here is logged once and retried with each check.</summary>
    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Pause * 10);
        while (!subscribed)
        {
            try
            {
                // OnMessage, unlike a handler passed to Subscribe, preserves the order.
                (await multiplexer.GetSubscriber().SubscribeAsync(RedisKeys.Changes)).OnMessage(_ => hinted(StoreHint.Changed));
                subscribed = true;
                return;
            }
            catch (RedisConnectionException) when (!patience.IsCancellationRequested)
            {
                // The first use of the subscription connection starts it, and with FailFast does not wait for it.
            }
            catch (Exception exception) when (exception is RedisException or TimeoutException)
            {
                if (!Interlocked.Exchange(ref toldOfNoHints, true))
                    Log.NoHints(logger, product.Name, Meaning(exception));
                return;
            }

            await Task.Delay(Pause / 10, cancellationToken);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store does not provide the guaranteed durability, allowed by Store:AllowWeakDurability: {Reason}: {Fault}")]
        public static partial void WeakDurability(ILogger logger, string reason, string fault);

        [LoggerMessage(
            2,
            LogLevel.Warning,
            "No hints of changes from {Product} ({Cause}), so changes made by other servers take up to a second to arrive; its ACL user needs "
            + "&gc:changes +subscribe +publish")]
        public static partial void NoHints(ILogger logger, string product, string cause);

        [LoggerMessage(12, LogLevel.Information, "The store is {Product} at {Server}")]
        public static partial void Found(ILogger logger, RedisProduct product, string server);

        [LoggerMessage(3, LogLevel.Debug, "A hint of a change could not be sent ({Cause})")]
        public static partial void HintNotSent(ILogger logger, string cause);
    }
}
