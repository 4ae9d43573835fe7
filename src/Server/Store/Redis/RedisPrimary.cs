using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Makes the barrier of a primary.</summary>
internal delegate RedisBarrier MakeBarrier(ConfigurationOptions redis, EndPoint primary, IDatabase commands, Func<ReplicaQuorum?> quorum, string markKey);

/// <summary>
/// The connections to one primary. They stay with its address: when another server becomes the primary, or the password changes, others are made.
/// </summary>
internal sealed class RedisPrimary : IAsyncDisposable
{
    /// <summary>After so many unanswered questions a new connection is tried: the library waits much longer for a host that has vanished.</summary>
    private const int LongestSilence = 3;

    private readonly ConnectionMultiplexer multiplexer;
    private readonly string? password;
    private volatile int silence;
    private Task asking = Task.CompletedTask;
    private long askedAt;
    private volatile bool isDeposed;

    private RedisPrimary(ConnectionMultiplexer multiplexer, EndPoint endPoint, string? password)
    {
        (this.multiplexer, EndPoint, this.password) = (multiplexer, endPoint, password);
        Database = multiplexer.GetDatabase();
    }

    public EndPoint EndPoint { get; }

    public RedisBarrier? Barrier { get; private init; }

    /// <summary>A key that this server held when it was connected to.</summary>
    public required string MarkKey { get; init; }

    /// <summary>Hints of changes, on a connection of their own.</summary>
    public ISubscriber Hints => multiplexer.GetSubscriber();

    /// <summary>Whether this server's hints are received.</summary>
    public bool IsHinting { get; set; }

    private IDatabase Database { get; }

    /// <param name="redis">Login, TLS and timeouts.</param>
    /// <param name="endPoint">The server.</param>
    /// <param name="markKey">A key that it holds.</param>
    /// <param name="barrier">Makes the barrier; null if writes need no confirmation.</param>
    /// <param name="failed">Called when the connection is lost.</param>
    /// <param name="restored">Called when there is one again.</param>
    public static async Task<RedisPrimary> ConnectAsync(
        ConfigurationOptions redis, EndPoint endPoint, string markKey, Func<IDatabase, RedisBarrier>? barrier, Action failed, Action restored)
    {
        var options = redis.Clone();
        options.EndPoints.Add(endPoint);
        var password = redis.Password;
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        var primary = new RedisPrimary(multiplexer, endPoint, password) { MarkKey = markKey, Barrier = barrier?.Invoke(multiplexer.GetDatabase()) };
        multiplexer.ConnectionFailed += (_, _) =>
        {
            primary.Barrier?.Restart();
            failed();
        };
        multiplexer.ConnectionRestored += (_, _) =>
        {
            primary.Barrier?.Restart();
            restored();
        };
        return primary;
    }

    public async Task<T> RunAsync<T>(Func<IDatabaseAsync, Task<T>> commands)
    {
        try
        {
            return Barrier is null ? await commands(Database) : await Barrier.GuardAsync(() => commands(Database));
        }
        catch (RedisServerException exception) when (exception.Kind is RedisErrorKind.ReadOnly)
        {
            // Behind the name another server may be the primary now.
            isDeposed = true;
            throw;
        }
    }

    /// <summary>Whether there is a connection.</summary>
    public bool IsConnected => multiplexer.IsConnected;

    /// <summary>Whether other connections should be made in place of these.</summary>
    /// <param name="current">The password that is set now.</param>
    public bool IsOutdated(string? current)
    {
        if (asking.IsCompleted && Environment.TickCount64 - askedAt >= 1000)
            (asking, askedAt) = (AskAsync(), Environment.TickCount64);
        return isDeposed || current != password || silence >= LongestSilence;
    }

    /// <summary>Has other connections made in place of these.</summary>
    public void Depose() => isDeposed = true;

    /// <summary>These connections stay: others could not be made.</summary>
    public void Stay() => (isDeposed, silence) = (false, 0);

    private async Task AskAsync()
    {
        try
        {
            await Database.PingAsync();
            silence = 0;
        }
        catch (TimeoutException)
        {
            silence++;
        }
        catch (Exception exception) when (exception is RedisException or ObjectDisposedException)
        {
            // There is no connection, and the library is making one; or the server refuses PING, which is an answer.
            silence = 0;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Barrier is not null)
            await Barrier.DisposeAsync();
        await multiplexer.DisposeAsync();
    }
}
