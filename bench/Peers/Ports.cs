using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Bench.Peers;

/// <summary>Free ports of this machine.</summary>
internal static class Ports
{
    public static int Free()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    /// <summary>Waits until something listens, up to 20 s.</summary>
    public static async Task ListeningAsync(int port)
    {
        for (var patience = DateTime.UtcNow.AddSeconds(20); ;)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (DateTime.UtcNow < patience)
            {
                await Task.Delay(2);
            }
        }
    }
}
