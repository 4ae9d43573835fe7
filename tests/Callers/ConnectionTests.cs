using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Tests.Attacks;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>An unauthenticated client cannot hold a connection for long or take another client's place.</summary>
public sealed class ConnectionTests
{
    [Fact]
    public async Task Connections_on_which_nobody_proves_itself_are_closed_whatever_they_send()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:FirstCallWithin=00:00:05"]);
        using var watch = world.As("node").WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync();
        using var silent = await ConnectAsync(world.Service.Grpc);
        using var slow = await ConnectAsync(world.Service.Grpc);
        await slow.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0 });
        await using var pings = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken);
        await using var refused = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(async () =>
        {
            await SendAsync(pings, [.. RawHttp2.Frame(RawHttp2.Ping, 0, 0, new byte[8]), .. RawHttp2.Frame(RawHttp2.Settings, 0, 0, [])]);
            await SendAsync(refused, RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream,
                refused.NextStream(), RawHttp2.Call("/grpccreds.v1.SyncCredentials/GetCredentialStatus")));
            return pings.IsClosed && refused.IsClosed && IsClosed(silent) && IsClosed(slow);
        }, "all are closed");
        Assert.True(refused.Received(RawHttp2.Headers) > 0);
        // An authenticated client remains connected.
        await world.As("all-viewer").StatusAsync();
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is not null)).Heartbeat);
    }

    [Fact]
    public async Task A_certificate_in_the_table_needs_no_call()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:FirstCallWithin=00:00:05"]);
        var guards = (ConnectionGuards)world.Service.Services.GetService(typeof(ConnectionGuards))!;
        using var known = world.Pki.Leaf();
        using var unknown = world.Pki.Leaf(wishes => wishes.Uris = [$"spiffe://{Pki.TrustDomain}/unknown"]);
        await using var other = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken, unknown);
        await using var one = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken, known);
        await using var later = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken, unknown);
        await Waiting.UntilAsync(() => other.IsClosed && later.IsClosed, "the unknown ones are closed");
        Assert.False(one.IsClosed);
        await Waiting.UntilAsync(() => guards.Grpc.Count == 1, "their places are given back");
    }

    [Fact]
    public async Task A_hoard_of_one_address_makes_room_for_whoever_comes_and_touches_no_known_caller()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:ConnectionsPerAddress=20", "Limits:FirstCallWithin=00:05:00"]);
        using var watch = world.As("node").WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync();
        var hoard = new List<Socket>();
        for (var i = 0; i < 60; i++)
            hoard.Add(await ConnectAsync(world.Service.Grpc));
        await Waiting.UntilAsync(() => hoard.Count(IsClosed) >= 40, "the oldest have gone");
        // A new connection finds a place.
        Assert.Equal(Availability.NotConfigured, (await Client(world).StatusAsync()).Availability);
        Assert.NotNull((await watch.ResponseStream.NextAsync(message => message.Heartbeat is not null)).Heartbeat);
        hoard.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Known_callers_are_not_counted_for_their_address_and_the_log_names_the_setting()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:ConnectionsPerAddress=2", "Limits:FirstCallWithin=00:05:00"]);
        var guards = (ConnectionGuards)world.Service.Services.GetService(typeof(ConnectionGuards))!;
        var known = Enumerable.Range(0, 5).Select(_ => Client(world)).ToList();
        foreach (var client in known)
            await client.StatusAsync();
        Assert.Equal(5, guards.Grpc.Count);
        var strangers = new List<Socket>();
        for (var i = 0; i < 6; i++)
            strangers.Add(await ConnectAsync(world.Service.Grpc));
        await Waiting.UntilAsync(() => strangers.Count(IsClosed) == 4, "two of them are left");
        Assert.Equal(7, guards.Grpc.Count);
        foreach (var client in known)
            await client.StatusAsync();
        Assert.Contains(world.Service.Logs.GetSnapshot(),
            record => record.Id.Id == 123 && record.Message.Contains("Limits:ConnectionsPerAddress", StringComparison.Ordinal));
        strangers.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_caller_has_so_many_connections_and_what_is_beyond_is_a_strangers()
    {
        await using var world =
            await CallersWorld.StartAsync(settings: ["Limits:ConnectionsPerCaller=2", "Limits:ConnectionsPerAddress=2", "Limits:FirstCallWithin=00:05:00"]);
        var guards = (ConnectionGuards)world.Service.Services.GetService(typeof(ConnectionGuards))!;
        var clients = Enumerable.Range(0, 6).Select(_ => Client(world)).ToList();
        foreach (var client in clients)
            await client.StatusAsync();
        // Two are the caller's, and of the others the two newest are left.
        await Waiting.UntilAsync(() => guards.Grpc.Count == 4, "the others have made room");
        await clients[0].StatusAsync();
        await world.As("node").WatchActiveCredential(Calls.Watch()).ResponseStream.NextAsync();
    }

    [Fact]
    public async Task All_come_back_at_once_and_get_in()
    {
        // Far fewer places than clients, so that many have to make room.
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:ConnectionsPerAddress=50"]);
        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => GetInAsync(world))).WaitAsync(2 * Waiting.Long, TestContext.Current.CancellationToken);
    }

    // As clients do: after a failure with a pause that grows.
    private static async Task GetInAsync(CallersWorld world)
    {
        for (var pause = 0.25; ; pause = Math.Min(2 * pause, 8))
        {
            try
            {
                await Client(world).StatusAsync();
                return;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
            {
                await Task.Delay(TimeSpan.FromSeconds(pause * Random.Shared.NextDouble()), TestContext.Current.CancellationToken);
            }
        }
    }

    [Fact]
    public async Task The_two_ports_share_no_places()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:Connections=5", "Limits:FirstCallWithin=00:05:00"]);
        var hoard = new List<Socket>();
        for (var i = 0; i < 20; i++)
            hoard.Add(await ConnectAsync(world.Service.Grpc));
        using var http = new HttpClient();
        Assert.Equal("Healthy\n", await http.GetStringAsync(new Uri(world.Service.Http, "/healthz/live"), TestContext.Current.CancellationToken));
        for (var i = 0; i < 300; i++)
            hoard.Add(await ConnectAsync(world.Service.Http));
        Assert.Equal(Availability.NotConfigured, (await Client(world).StatusAsync()).Availability);
        Assert.Equal("Healthy\n", await http.GetStringAsync(new Uri(world.Service.Http, "/healthz/live"), TestContext.Current.CancellationToken));
        hoard.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_stranger_whose_calls_are_all_refused_loses_its_connection_and_a_caller_does_not()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Limits:CallsPerSecond=1"]);
        await using var stranger = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken);
        var call = RawHttp2.Call("/grpccreds.v1.SyncCredentials/GetCredentialStatus");
        for (var i = 0; i < 150; i++)
            await SendAsync(stranger, RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, stranger.NextStream(), call));
        await Waiting.UntilAsync(() => stranger.IsClosed, "it is closed");
        Assert.True(stranger.Received(RawHttp2.GoAway) > 0);

        await using var caller = await RawHttp2.OpenAsync(world.Service.Grpc, TestContext.Current.CancellationToken);
        call = RawHttp2.Call("/grpccreds.v1.SyncCredentials/GetCredentialStatus", ("authorization", $"Bearer {world.Issuer.Token("viewer")}"));
        for (var i = 0; i < 400; i++)
            await SendAsync(caller, RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, caller.NextStream(), call));
        await Waiting.UntilAsync(() => caller.Received(RawHttp2.Headers) >= 400, "all are answered");
        Assert.False(caller.IsClosed);
    }

    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "192.0.2.8", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("::1", "127.0.0.1", false)]
    public void Addresses_of_one_network_count_as_one(string one, string other, bool areOne)
    {
        Assert.Equal(areOne, NetworkAddress.Of(IPAddress.Parse(one)) == NetworkAddress.Of(IPAddress.Parse(other)));
        Assert.StartsWith("ipv", NetworkAddress.Of(IPAddress.Parse(one)).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_certificate_is_judged_once_until_the_authorities_change_or_it_begins()
    {
        using var pki = new Pki();
        using var foreign = new Pki("Other authority");
        var (own, others) = (new Authorities(System.Text.Encoding.ASCII.GetBytes(pki.Root.ExportCertificatePem())),
            new Authorities(System.Text.Encoding.ASCII.GetBytes(foreign.Root.ExportCertificatePem())));
        var now = DateTimeOffset.UtcNow;
        using var leaf = foreign.Leaf();
        var peer = new PeerCertificate(leaf, null);
        var refused = peer.Judge(own, Pki.TrustDomain, now);
        Assert.Null(refused.Identity);
        Assert.Same(refused, peer.Judge(own, Pki.TrustDomain, now.AddHours(1)));
        Assert.NotNull(peer.Judge(others, Pki.TrustDomain, now).Identity);

        using var young = pki.Leaf(wishes => wishes.NotBefore = DateTimeOffset.UtcNow.AddHours(1));
        peer = new PeerCertificate(young, null);
        Assert.Null(peer.Judge(own, Pki.TrustDomain, now).Identity);
        Assert.Same(peer.Judge(own, Pki.TrustDomain, now), peer.Judge(own, Pki.TrustDomain, now.AddMinutes(30)));
        Assert.NotNull(peer.Judge(own, Pki.TrustDomain, now.AddHours(2)).Identity);
        Assert.Equal("it has expired", peer.Judge(own, Pki.TrustDomain, now.AddDays(3)).Problem);
    }

    // On a connection of its own.
    private static SyncCredentials.SyncCredentialsClient Client(CallersWorld world) => world.On(world.Channel(null), "viewer");

    private static async Task<Socket> ConnectAsync(Uri address)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(address.Host, address.Port);
        return socket;
    }

    private static bool IsClosed(Socket socket)
    {
        try
        {
            return socket.Poll(0, SelectMode.SelectRead) && (socket.Available == 0 || socket.Receive(new byte[socket.Available]) == 0);
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task SendAsync(RawHttp2 client, byte[] frames)
    {
        try
        {
            await client.SendAsync(frames);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The server has closed it, which is what is waited for.
        }
    }
}
