using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Resolves a host name to its addresses.</summary>
internal delegate Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects only to the addresses it has checked: an allowed name must not lead to an internal network, and a second DNS lookup cannot change the result. The
/// addresses are tried in parallel, each shortly after the previous one (RFC 8305), so an address that does not answer delays the connection only briefly.
/// </summary>
internal sealed class Connector(Resolve resolve)
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <exception cref="NotSentException">The host has no address that is allowed.</exception>
    public async Task<Stream> ConnectAsync(DnsEndPoint endPoint, bool anyAddress, CancellationToken cancellationToken)
    {
        var addresses = await resolve(endPoint.Host, cancellationToken);
        if (!anyAddress)
            addresses = [.. addresses.Where(PublicAddresses.IsPublic)];
        if (addresses.Length == 0)
            throw new NotSentException(NotSentReason.AddressNotPublic);
        return new NetworkStream(await RaceAsync([.. Alternating(addresses)], endPoint.Port, cancellationToken), ownsSocket: true);
    }

    /// <summary>Alternates the address families, starting with that of the first address: a broken family then costs only one short delay.</summary>
    internal static IEnumerable<IPAddress> Alternating(IEnumerable<IPAddress> addresses) => addresses
        .GroupBy(address => address.AddressFamily)
        .SelectMany(family => family.Select((address, place) => (Address: address, Place: place)))
        .OrderBy(one => one.Place)
        .Select(one => one.Address);

    private static async Task<Socket> RaceAsync(IReadOnlyList<IPAddress> addresses, int port, CancellationToken cancellationToken)
    {
        using var race = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var attempts = new List<Task<Socket>>();
        Task<Socket>? winner = null;
        try
        {
            foreach (var address in addresses)
            {
                attempts.Add(DialAsync(address, port, race.Token));
                var patience = attempts.Count < addresses.Count ? Stagger : Timeout.InfiniteTimeSpan;
                if ((winner = await ConnectedAsync(attempts, Task.Delay(patience, race.Token))) is not null)
                    return await winner;
            }
            cancellationToken.ThrowIfCancellationRequested();
            return await attempts[0];
        }
        finally
        {
            await race.CancelAsync();
            foreach (var loser in attempts.Where(attempt => attempt != winner))
            {
                await ((Task)loser).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (loser.IsCompletedSuccessfully)
                    loser.Result.Dispose();
            }
        }
    }

    // The attempt that has connected; null if all have failed or the time is up.
    private static async Task<Task<Socket>?> ConnectedAsync(IEnumerable<Task<Socket>> attempts, Task over)
    {
        var open = attempts.ToList();
        while (open.Count > 0)
        {
            var first = await Task.WhenAny([.. open, over]);
            if (first == over)
                return null;
            if (first.IsCompletedSuccessfully)
                return (Task<Socket>)first;
            open.Remove((Task<Socket>)first);
        }
        return null;
    }

    private static async Task<Socket> DialAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var target = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, port, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
