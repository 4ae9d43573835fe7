using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace GrpcCreds.Tests.Attacks;

/// <summary>
/// One HTTP/2 connection with frames made by hand, because no client library sends what an attacker does:
/// <code>
/// length 24 | type 8 | flags 8 | stream 32 | payload
/// </code>
/// </summary>
internal sealed class RawHttp2 : IAsyncDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, EndStream = 1, EndHeaders = 4;

    private readonly TcpClient socket = new();
    private readonly int[] received = new int[256];
    private Stream stream = Stream.Null;
    private Task draining = Task.CompletedTask;
    private int nextStream = -1;

    private RawHttp2()
    {
    }

    /// <summary>Whether the server has ended the connection.</summary>
    public bool IsClosed => draining.IsCompleted;

    public Task Closed => draining;

    public static async Task<RawHttp2> OpenAsync(Uri address, CancellationToken cancellationToken, X509Certificate2? certificate = null)
    {
        var client = new RawHttp2();
        await client.socket.ConnectAsync(address.Host, address.Port, cancellationToken);
        client.socket.NoDelay = true;
        client.stream = client.socket.GetStream();
        if (address.Scheme == Uri.UriSchemeHttps)
        {
#pragma warning disable CA5359 // The attacker does not care who it attacks.
            var tls = new SslStream(client.stream, leaveInnerStreamOpen: false, (_, _, _, _) => true);
#pragma warning restore CA5359
            client.stream = tls;
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = address.Host,
                ApplicationProtocols = [SslApplicationProtocol.Http2],
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            }, cancellationToken);
        }
        await client.SendAsync([.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(Settings, 0, 0, []), .. Frame(Settings, 1, 0, [])]);
        client.draining = client.DrainAsync();
        return client;
    }

    public static byte[] Frame(byte type, byte flags, int stream, ReadOnlySpan<byte> payload) =>
        [.. BigEndian(payload.Length).AsSpan(1), type, flags, .. BigEndian(stream), .. payload];

    /// <summary>The header block of a call over TLS.</summary>
    public static byte[] Call(string path, params (string Name, string Value)[] more) =>
    [
        .. Header(":method", "POST"), .. Header(":scheme", "https"), .. Header(":path", path), .. Header(":authority", "a"),
        .. Header("content-type", "application/grpc"), .. Header("te", "trailers"), .. more.SelectMany(header => Header(header.Name, header.Value)),
    ];

    /// <summary>A gRPC message in its frame.</summary>
    public static byte[] Message(byte flags, ReadOnlySpan<byte> content) => [flags, .. BigEndian(content.Length), .. content];

    public int NextStream() => nextStream += 2;

    /// <summary>The number of received frames of a type.</summary>
    public int Received(byte type) => Volatile.Read(ref received[type]);

    public ValueTask SendAsync(byte[] frames) => stream.WriteAsync(frames);

    public async ValueTask DisposeAsync()
    {
        socket.Dispose();
        await draining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stream.DisposeAsync();
    }

    // Literal, not indexed, not Huffman-coded.
    private static byte[] Header(string name, string value) => [0, .. Text(name), .. Text(value)];

    private static byte[] Text(string text)
    {
        List<byte> bytes = [];
        if (text.Length < 127)
        {
            bytes.Add((byte)text.Length);
        }
        else
        {
            bytes.Add(127);
            var rest = text.Length - 127;
            for (; rest >= 128; rest >>= 7)
                bytes.Add((byte)(rest & 127 | 128));
            bytes.Add((byte)rest);
        }
        return [.. bytes, .. Encoding.ASCII.GetBytes(text)];
    }

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private async Task DrainAsync()
    {
        var head = new byte[9];
        var payload = new byte[1 << 16];
        try
        {
            while (true)
            {
                await stream.ReadExactlyAsync(head);
                await stream.ReadExactlyAsync(payload.AsMemory(0, BinaryPrimitives.ReadInt32BigEndian(head) >> 8));
                Interlocked.Increment(ref received[head[3]]);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It has ended.
        }
    }
}
