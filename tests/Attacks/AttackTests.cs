using System.IO.Compression;
using System.Net.Sockets;
using Grpc.Core;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Attacks;

/// <summary>
/// Repeats attacks on the service's availability, for a short time and on loopback. Each requires that a good caller's calls are still answered,
/// its watch survives, and that log and memory stay bounded. GRPCCREDS_ATTACK_SECONDS=20 makes the figures of SECURITY.md.
/// </summary>
public sealed class AttackTests
{
    private const string Watch = "/grpccreds.v1.SyncCredentials/WatchActiveCredential", Status = "/grpccreds.v1.SyncCredentials/GetCredentialStatus";

    private static readonly Random Random = new(1);

    [Theory]
    [InlineData(10)]
    [InlineData(0)]
    public async Task Gzip_bombs_of_strangers_are_not_unpacked(int milliseconds)
    {
        await using var world = await AttackWorld.StartAsync();
        var bomb = RawHttp2.Message(1, Gzip([.. Enumerable.Range(0, 262_000).Select(i => (byte)(i % 2 == 0 ? 0x0a : 0x00))]));
        var headers = RawHttp2.Call(Watch, ("grpc-encoding", "gzip"));
        var pace = milliseconds == 0 ? "as fast as they go" : $"one each {milliseconds} ms on each";
        await world.UnderAsync($"gzip bombs on four connections, {pace}", Connection(world, async client =>
        {
            var stream = client.NextStream();
            await client.SendAsync([.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, headers),
                .. RawHttp2.Frame(RawHttp2.Data, RawHttp2.EndStream, stream, bomb)]);
            if (milliseconds > 0)
                await Task.Delay(milliseconds);
        }), attackers: 4);
    }

    [Fact]
    public async Task A_flood_of_calls_without_credentials_delays_nobody_for_long()
    {
        await using var world = await AttackWorld.StartAsync();
        var headers = RawHttp2.Call(Status);
        var message = RawHttp2.Message(0, [0x0a, 0x04, .. "acme"u8]);
        await world.UnderAsync("calls without credentials", Connection(world, client =>
        {
            var stream = client.NextStream();
            return client.SendAsync([.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, headers),
                .. RawHttp2.Frame(RawHttp2.Data, RawHttp2.EndStream, stream, message)]).AsTask();
        }), attackers: 4);
    }

    [Fact]
    public async Task A_flood_of_bad_tokens_and_keys_does_not_flood_the_log()
    {
        await using var world = await AttackWorld.StartAsync();
        await world.UnderAsync("calls with bad tokens and keys", Connection(world, client =>
        {
            var stream = client.NextStream();
            var proof = stream % 4 == 1 ? $"gck_{stream:x12}_{new string('0', 64)}" : Callers.Issuer.Unsigned("viewer") + "." + new string('A', 342);
            return client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream,
                stream, RawHttp2.Call(Status, ("authorization", $"Bearer {proof}")))).AsTask();
        }), attackers: 2);
    }

    [Fact]
    public async Task Malformed_frames_and_calls_are_answered_in_a_word()
    {
        await using var world = await AttackWorld.StartAsync();
        byte[][] bodies = [[], [0], [1, 0, 0, 0, 1, 0], [7, 0, 0, 0, 0], [0, 0xff, 0xff, 0xff, 0xff],
            [0, 0, 0, 0, 1], [0, 0, 0, 0, 2, 0x0a, 0x7f], [0, 0, 0, 0, 3, 0x0a, 0x01, 0xff]];
        string[] paths = [Status, Watch, "/grpccreds.v1.SyncCredentials/Nothing",
            "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch", "/no/such", "/"];
        (string, string)[] headers = [("grpc-timeout", "999999999H"), ("grpc-timeout", "soon"),
            ("grpc-encoding", "gzip"), ("x-bin", "%%%"), ("grpc-timeout", "1n")];
        await world.UnderAsync("malformed calls", Connection(world, client =>
        {
            var stream = client.NextStream();
            var pick = stream / 2;
            return client.SendAsync(
            [
                .. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, RawHttp2.Call(paths[pick % paths.Length], headers[pick % headers.Length])),
                .. RawHttp2.Frame(RawHttp2.Data, RawHttp2.EndStream, stream, bodies[pick % bodies.Length]),
            ]).AsTask();
        }), attackers: 2);
        await world.UnderAsync("frames that are none", () => async cancellationToken =>
        {
            await using var client = await RawHttp2.OpenAsync(world.Service.Grpc, cancellationToken);
            var garbage = new byte[400];
            Random.NextBytes(garbage);
            await client.SendAsync(garbage);
            await client.Closed.WaitAsync(TimeSpan.FromMilliseconds(20), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }, attackers: 2);
    }

    [Fact]
    public async Task Rapid_reset_and_header_bombs_end_the_attackers_connection_only()
    {
        await using var world = await AttackWorld.StartAsync();
        var headers = RawHttp2.Call(Status);
        await world.UnderAsync("rapid reset", Connection(world, client =>
        {
            var stream = client.NextStream();
            return client.SendAsync(
                [.. RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, stream, headers),
                    .. RawHttp2.Frame(RawHttp2.Reset, 0, stream, [0, 0, 0, 8])]).AsTask();
        }), attackers: 2);
        // One entry of the table of headers, 4,000 bytes, and 60 references to it of one byte each.
        byte[] entry = [0x40, 1, (byte)'x', 127, 0xa1, 0x1e, .. Enumerable.Repeat((byte)'x', 4_000)];
        byte[] bomb = [.. RawHttp2.Call(Status), .. entry, .. Enumerable.Repeat((byte)0xbe, 60)];
        await world.UnderAsync("header bombs", Connection(world, client =>
            client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders | RawHttp2.EndStream, client.NextStream(), bomb)).AsTask()), attackers: 2);
    }

    [Fact]
    public async Task Hoarded_connections_and_slow_handshakes_leave_room()
    {
        // Few, so that the limits are met within seconds.
        await using var world = await AttackWorld.StartAsync("Limits:ConnectionsPerAddress=100", "Limits:FirstCallWithin=00:00:05");
        List<Socket> hoard = [];
        var kind = 0;
        await world.UnderAsync("hoarded connections", () => async cancellationToken =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            var address = kind % 3 == 0 ? world.Service.Http : world.Service.Grpc;
            await socket.ConnectAsync(address.Host, address.Port, cancellationToken);
            // Nothing, or the beginning of a TLS handshake.
            if (kind++ % 2 == 0)
                await socket.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1, 0 }, cancellationToken);
            lock (hoard)
                hoard.Add(socket);
            await Task.Delay(2, cancellationToken);
            // A new caller gets in, and health on the other port is answered.
            if (hoard.Count % 150 == 149)
            {
                await world.As("viewer").StatusAsync();
                using var http = new HttpClient();
                await http.GetStringAsync(new Uri(world.Service.Http, "/healthz/live"), cancellationToken);
            }
        });
        Assert.True(hoard.Count > 200);
        await Waiting.UntilAsync(() => hoard.TakeLast(50).All(socket => socket.Poll(0, SelectMode.SelectRead)
            || world.Service.Http.Port == ((System.Net.IPEndPoint?)socket.RemoteEndPoint)?.Port), "silent connections are closed");
        hoard.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Strangers_who_open_all_streams_of_a_connection_and_read_nothing_take_little()
    {
        await using var world = await AttackWorld.StartAsync();
        var headers = RawHttp2.Call("/grpc.health.v1.Health/Watch");
        await world.UnderAsync("streams that are opened and left", Connection(world, async client =>
        {
            await client.SendAsync(RawHttp2.Frame(RawHttp2.Headers, RawHttp2.EndHeaders, client.NextStream(), headers));
            if (client.NextStream() % 256 == 1)
                await Task.Delay(5);
        }), attackers: 2);
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => world.As("nobody").StatusAsync())).StatusCode);
    }

    // One connection for each attacker, used until the service ends it.
    private static Func<Func<CancellationToken, Task>> Connection(AttackWorld world, Func<RawHttp2, Task> attack) => () =>
    {
        RawHttp2? client = null;
        return async cancellationToken =>
        {
            if (client is null or { IsClosed: true })
            {
                if (client is not null)
                    await client.DisposeAsync();
                client = null;
                client = await RawHttp2.OpenAsync(world.Service.Grpc, cancellationToken);
            }
            await attack(client);
        };
    };

    private static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(content);
        return packed.ToArray();
    }
}
