using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// Stands between one service and Redis, counts its commits by tenant, and can hold one before Redis has it or before its reply is back,
/// lose it, and cut connections. A held command holds what follows it on its connection, as a slow network does.
/// </summary>
internal sealed class RedisProxy : IAsyncDisposable
{
    // EVALSHA <hash> 7 <keys> <tenant> …: a guard's script has one key.
    private const int CommitKeys = 7;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = new();
    private readonly List<CommitHold> holds;
    private readonly int redisPort;
    private readonly Task accepting;

    /// <param name="redisPort">On this machine.</param>
    /// <param name="holds">Shared by the proxies of a deployment: whose commit comes first is held.</param>
    public RedisProxy(int redisPort, List<CommitHold> holds)
    {
        (this.redisPort, this.holds) = (redisPort, holds);
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => listener.LocalEndpoint.ToString()!;

    /// <summary>Commits that Redis has taken, oldest first: their tenants.</summary>
    public ConcurrentQueue<string> Committed { get; } = new();

    /// <summary>Breaks every connection.</summary>
    public void Cut()
    {
        foreach (var socket in sockets.Keys)
            socket.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        Cut();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptSocketAsync(stopping.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The proxy ends.
        }
    }

    private async Task CarryAsync(Socket service)
    {
        var redis = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        service.NoDelay = true;
        sockets[service] = sockets[redis] = true;
        // The commands in flight, in the order of their replies.
        var under = new ConcurrentQueue<string?>();
        try
        {
            await redis.ConnectAsync(IPAddress.Loopback, redisPort, stopping.Token);
            await using var up = new NetworkStream(redis);
            await using var down = new NetworkStream(service);
            await Task.WhenAny(CommandsAsync(down, up, under), RepliesAsync(up, down, under));
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either end is gone, and the other goes with it.
        }
        finally
        {
            foreach (var socket in new[] { service, redis })
            {
                socket.Dispose();
                sockets.TryRemove(socket, out _);
            }
        }
    }

    private async Task CommandsAsync(Stream from, Stream to, ConcurrentQueue<string?> under)
    {
        var reader = new RespReader(from);
        while (await reader.NextAsync(stopping.Token) is { } command)
        {
            var tenant = Tenant(command);
            if (tenant is not null && Find(tenant, CommitPoint.BeforeRedis) is { } hold && await PassAsync(hold) == CommitFate.Lost)
                return;
            under.Enqueue(tenant);
            await to.WriteAsync(command, stopping.Token);
        }
    }

    private async Task RepliesAsync(Stream from, Stream to, ConcurrentQueue<string?> under)
    {
        var reader = new RespReader(from);
        while (await reader.NextAsync(stopping.Token) is { } reply)
        {
            if (reply[0] != (byte)'>' && under.TryDequeue(out var tenant) && tenant is not null && RespReader.Strings(reply, 1) is ["committed"])
            {
                Committed.Enqueue(tenant);
                if (Find(tenant, CommitPoint.BeforeReply) is { } hold && await PassAsync(hold) == CommitFate.Lost)
                    return;
            }
            await to.WriteAsync(reply, stopping.Token);
        }
    }

    private Task<CommitFate> PassAsync(CommitHold hold) => hold.PassAsync(this).WaitAsync(stopping.Token);

    private CommitHold? Find(string tenant, CommitPoint point)
    {
        lock (holds)
            return holds.Find(hold => hold.Point == point && hold.IsFor(tenant, this));
    }

    private static string? Tenant(byte[] command) =>
        RespReader.Strings(command, 4 + CommitKeys) is [var name, _, var keys, .., var tenant] strings
        && name is "EVAL" or "EVALSHA" && keys == $"{CommitKeys}" && strings.Count == 4 + CommitKeys
            ? tenant
            : null;
}
