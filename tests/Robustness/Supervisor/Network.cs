using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>
/// A network of hosts on this machine that can be cut and slowed between any two of them, in one direction or both, without any rights: every host has
/// a loopback address of its own, and is reached by others through a proxy, which tells by the source address who it is that talks.
/// </summary>
/// <remarks>
/// A cut is silent, as in a real network: bytes stop and connections stay, an end of a connection is not seen on the other side either, and what was sent
/// arrives when the cut is healed. Whoever sends from no host's address is one of the clients.
/// </remarks>
internal sealed class Network : IAsyncDisposable
{
    public const string Clients = "clients";

    // Outside of what the system gives to connections, and so is the cluster bus.
    private const int FirstPort = 20_000, Ports = 2_000, AnnouncedOffset = 100;

    private readonly string prefix = $"127.{Random.Shared.Next(16, 250)}.{Random.Shared.Next(1, 250)}";
    private readonly int port = Random.Shared.Next(FirstPort, FirstPort + Ports);
    private readonly ConcurrentDictionary<IPAddress, string> names = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = new();
    private readonly List<TcpListener> listeners = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private ImmutableDictionary<(string From, string To), TimeSpan> rules = ImmutableDictionary<(string, string), TimeSpan>.Empty;
    private TaskCompletionSource changed = NewSignal();

    public Network()
    {
        if (!OperatingSystem.IsLinux())
            Tools.Lacks("needs Linux, where every address that begins with 127 is there");
    }

    /// <summary>Adds a host, and the proxy in front of it.</summary>
    public Host Add(string name)
    {
        var number = names.Count + 1;
        var host = new Host(name, IPAddress.Parse($"{prefix}.{number}"), IPAddress.Parse($"{prefix}.{number + AnnouncedOffset}"), port);
        names[host.Own] = name;
        foreach (var offset in new[] { 0, Host.BusOffset })
            Listen(host.Announced, port + offset, () => host, port + offset);
        return host;
    }

    /// <summary>An address at which clients reach the host that is named at the moment of their connection.</summary>
    public string AddFollowing(Func<Host> target)
    {
        var address = IPAddress.Parse($"{prefix}.{2 * AnnouncedOffset}");
        Listen(address, port, target, port);
        return $"{address}:{port}";
    }

    /// <summary>Breaks every connection of the clients, so that they connect again.</summary>
    public void DropClients()
    {
        foreach (var socket in sockets.Keys.Where(socket => sockets.TryGetValue(socket, out var isClient) && isClient))
            socket.Dispose();
    }

    /// <summary>From now on nothing gets from one to the other.</summary>
    public void Cut(string from, string to) => Change(rules => rules.SetItem((from, to), Timeout.InfiniteTimeSpan));

    /// <summary>Cuts both directions between each of some and each of others.</summary>
    public void Part(IEnumerable<string> some, params IEnumerable<string> others)
    {
        foreach (var (one, other) in some.SelectMany(_ => others, (one, other) => (one, other)))
        {
            Cut(one, other);
            Cut(other, one);
        }
    }

    /// <summary>From now on what one sends reaches the other later.</summary>
    public void Delay(string from, string to, TimeSpan by) => Change(rules => rules.SetItem((from, to), by));

    public void Heal() => Change(rules => rules.Clear());

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listeners.ForEach(listener => listener.Dispose());
        foreach (var socket in sockets.Keys)
            socket.Dispose();
        stopping.Dispose();
    }

    private void Change(Func<ImmutableDictionary<(string From, string To), TimeSpan>, ImmutableDictionary<(string From, string To), TimeSpan>> change)
    {
        lock (gate)
        {
            rules = change(rules);
            changed.SetResult();
            changed = NewSignal();
        }
    }

    private void Listen(IPAddress address, int at, Func<Host> target, int targetPort)
    {
        var listener = new TcpListener(address, at);
        listener.Start();
        listeners.Add(listener);
        _ = AcceptAsync(listener, target, targetPort);
    }

    private async Task AcceptAsync(TcpListener listener, Func<Host> target, int targetPort)
    {
        try
        {
            while (true)
                _ = CarryAsync(await listener.AcceptSocketAsync(stopping.Token), target(), targetPort);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The network ends.
        }
    }

    private async Task CarryAsync(Socket caller, Host target, int targetPort)
    {
        var from = names.GetValueOrDefault(((IPEndPoint)caller.RemoteEndPoint!).Address, Clients);
        using var callee = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.NoDelay = true;
        sockets[caller] = sockets[callee] = from == Clients;
        try
        {
            await PassAsync(from, target.Name);
            await callee.ConnectAsync(new IPEndPoint(target.Own, targetPort), stopping.Token);
            await Task.WhenAll(PumpAsync(caller, callee, from, target.Name), PumpAsync(callee, caller, target.Name, from));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody listens there, or the network ends.
        }
        finally
        {
            caller.Dispose();
            sockets.TryRemove(caller, out _);
            sockets.TryRemove(callee, out _);
        }
    }

    private async Task PumpAsync(Socket source, Socket destination, string from, string to)
    {
        var buffer = new byte[65_536];
        try
        {
            while (await source.ReceiveAsync(buffer, stopping.Token) is > 0 and var length)
            {
                await PassAsync(from, to);
                for (var sent = 0; sent < length;)
                    sent += await destination.SendAsync(buffer.AsMemory(sent, length - sent), stopping.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // That end is gone; the other learns it as soon as there is a way.
        }
        await PassAsync(from, to);
        destination.Dispose();
    }

    private async Task PassAsync(string from, string to)
    {
        while (true)
        {
            Task next;
            TimeSpan rule;
            lock (gate)
                (next, rule) = (changed.Task, rules.GetValueOrDefault((from, to)));
            if (rule != Timeout.InfiniteTimeSpan)
            {
                if (rule > TimeSpan.Zero)
                    await Task.Delay(rule, stopping.Token);
                return;
            }
            await next.WaitAsync(stopping.Token);
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
