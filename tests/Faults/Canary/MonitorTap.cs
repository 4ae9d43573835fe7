using System.Net.Sockets;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>The output of redis-cli MONITOR for a server until the server ends.</summary>
internal sealed class MonitorTap : IDisposable
{
    private readonly TcpClient socket = new();
    private readonly MemoryStream seen = new();
    private Task reading = Task.CompletedTask;

    public static async Task<MonitorTap> OpenAsync(int port)
    {
        var tap = new MonitorTap();
        await tap.socket.ConnectAsync("127.0.0.1", port);
        await tap.socket.GetStream().WriteAsync("MONITOR\r\n"u8.ToArray());
        // "+OK": from now on nothing is missed.
        var first = new byte[5];
        await tap.socket.GetStream().ReadExactlyAsync(first);
        tap.reading = tap.ReadAsync();
        return tap;
    }

    /// <summary>Everything it showed; the server has ended.</summary>
    public async Task<byte[]> EndAsync()
    {
        await reading.WaitAsync(Support.Waiting.Long);
        return seen.ToArray();
    }

    public void Dispose() => socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            await socket.GetStream().CopyToAsync(seen);
        }
        catch (IOException)
        {
            // Killed: what it showed has come before.
        }
    }
}
