using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using GrpcCreds.Tests.Faults.Renewal;

namespace GrpcCreds.Tests.Store;

/// <summary>
/// A server that speaks RESP 2 and says what a test scripts, for products and faults that no server here has. It holds no data: whatever is not scripted
/// is answered as by an empty store.
/// </summary>
internal sealed class ScriptedRedis : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private readonly Func<string, string?> script;
    private readonly Task accepting;

    /// <param name="script">The reply to a command in lower case, as RESP; null if it is not scripted.</param>
    public ScriptedRedis(Func<string, string?> script)
    {
        this.script = script;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The commands that came, in lower case.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    public string Address => listener.LocalEndpoint.ToString()!;

    /// <summary>A bulk string.</summary>
    public static string Bulk(string text) => $"${Encoding.UTF8.GetByteCount(text)}\r\n{text}\r\n";

    public static string Array(params string[] texts) => $"*{texts.Length}\r\n{string.Concat(texts.Select(Bulk))}";

    /// <summary>A section of INFO, from its lines.</summary>
    public static string Info(params string[] lines) => Bulk(string.Join("\r\n", lines) + "\r\n");

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Dispose();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = ServeAsync(await listener.AcceptTcpClientAsync(closing.Token));
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var commands = new RespReader(client.GetStream());
                while (await commands.NextAsync(closing.Token) is { } frame)
                    await client.GetStream().WriteAsync(Reply(frame), closing.Token);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                // The client has gone, or the test is over.
            }
        }
    }

    // The value to echo is not text.
    private byte[] Reply(byte[] frame) => RespReader.Strings(frame, 100) is [var name, ..] command && !name.Equals("echo", StringComparison.OrdinalIgnoreCase)
        ? Encoding.UTF8.GetBytes(Reply([.. command]))
        : frame[Encoding.ASCII.GetByteCount("*2\r\n$4\r\nECHO\r\n")..];

    private string Reply(string[] command)
    {
        var text = string.Join(' ', command).ToLowerInvariant();
        Asked.Enqueue(text);
        return script(text) ?? Unscripted(command);
    }

    private static string Unscripted(string[] command) => command[0].ToLowerInvariant() switch
    {
        "ping" => "+PONG\r\n",
        "auth" or "client" or "select" or "readonly" => "+OK\r\n",
        "subscribe" => $"*3\r\n{Bulk("subscribe")}{Bulk(command[1])}:1\r\n",
        "hgetall" or "hmget" => "*0\r\n",
        "get" or "hget" => "$-1\r\n",
        "exists" => ":0\r\n",
        var other => $"-ERR unknown command '{other}'\r\n",
    };
}
