using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Google.Protobuf;

namespace GrpcCreds.Tests.Faults;

/// <summary>
/// One HTTP/2 connection whose streams take nothing: it tells the server that their window is 0 bytes, and never more. Frames by hand, because no
/// client of ours can be so rude:
/// <code>
/// length 24 | type 8 | flags 8 | stream 32 | payload
/// </code>
/// </summary>
internal sealed class DeafClient : IAsyncDisposable
{
    /// <summary>As many as a server accepts on one connection.</summary>
    public const int Streams = 100;

    private const byte Data = 0, Headers = 1, Settings = 4, EndStream = 1, EndHeaders = 4;

    private readonly TcpClient socket = new();
    private readonly CancellationTokenSource stopping = new();
    private Task draining = Task.CompletedTask;

    /// <summary>Opens all streams with the same request.</summary>
    public static async Task<DeafClient> OpenAsync(Uri address, string path, IMessage request)
    {
        var client = new DeafClient();
        await client.socket.ConnectAsync(address.Host, address.Port);
        using var frames = new MemoryStream();
        frames.Write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8);
        // SETTINGS_INITIAL_WINDOW_SIZE = 0
        Write(frames, Settings, 0, 0, [0, 4, 0, 0, 0, 0]);
        Write(frames, Settings, 1, 0, []);
        for (var stream = 1; stream < 2 * Streams; stream += 2)
        {
            Write(frames, Headers, EndHeaders, stream,
                [.. Header(":method", "POST"), .. Header(":scheme", "http"), .. Header(":path", path),
                    .. Header(":authority", address.Authority), .. Header("content-type", "application/grpc"), .. Header("te", "trailers")]);
            Write(frames, Data, EndStream, stream, [0, .. BigEndian(request.CalculateSize()), .. request.ToByteArray()]);
        }
        await client.socket.GetStream().WriteAsync(frames.ToArray());
        client.draining = client.DrainAsync();
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await draining.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        socket.Dispose();
        stopping.Dispose();
    }

    // Frames outside a stream's flow control still arrive and must not accumulate.
    private async Task DrainAsync()
    {
        var buffer = new byte[65_536];
        while (await socket.GetStream().ReadAsync(buffer, stopping.Token) > 0)
        {
        }
    }

    private static void Write(MemoryStream frames, byte type, byte flags, int stream, ReadOnlySpan<byte> payload)
    {
        frames.Write(BigEndian(payload.Length).AsSpan(1));
        frames.WriteByte(type);
        frames.WriteByte(flags);
        frames.Write(BigEndian(stream));
        frames.Write(payload);
    }

    // Literal, not indexed, not Huffman-coded; names and values shorter than 127 bytes.
    private static byte[] Header(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)value.Length, .. Encoding.ASCII.GetBytes(value)];

    private static byte[] BigEndian(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }
}
