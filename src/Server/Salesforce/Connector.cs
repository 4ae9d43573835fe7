using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Server.Salesforce;

/// <summary>Finds the addresses of a host.</summary>
internal delegate Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects, to the very address it has checked: a name that is allowed must not lead inside, and no second look-up can change its mind.
/// </summary>
internal sealed class Connector(Resolve resolve)
{
    /// <exception cref="NotSentException">The host has no address that may be connected to.</exception>
    public async Task<Stream> ConnectAsync(DnsEndPoint endPoint, bool anyAddress, CancellationToken cancellationToken)
    {
        var addresses = await resolve(endPoint.Host, cancellationToken);
        if (!anyAddress)
            addresses = [.. addresses.Where(PublicAddresses.IsPublic)];
        if (addresses.Length == 0)
            throw new NotSentException(NotSentReason.AddressNotPublic);

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
