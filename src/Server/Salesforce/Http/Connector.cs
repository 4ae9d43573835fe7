using System.Net;
using System.Net.Sockets;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Finds the addresses of a host.</summary>
internal delegate Task<IPAddress[]> Resolve(string host, CancellationToken cancellationToken);

/// <summary>
/// Connects, to the very addresses it has checked: a name that is allowed must not lead inside, and no second look-up can change its mind. They are
/// tried side by side, each a moment after the one before (RFC 8305): one that does not answer costs no more than that.
/// </summary>
internal sealed class Connector(Resolve resolve)
{
    private static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(250);

    /// <exception cref="NotSentException">The host has no address that may be connected to.</exception>
    public async Task<Stream> ConnectAsync(DnsEndPoint endPoint, bool anyAddress, CancellationToken cancellationToken)
    {
        var addresses = await resolve(endPoint.Host, cancellationToken);
        if (!anyAddress)
            addresses = [.. addresses.Where(PublicAddresses.IsPublic)];
        if (addresses.Length == 0)
            throw new NotSentException(NotSentReason.AddressNotPublic);
        return new NetworkStream(await RaceAsync([.. Alternating(addresses)], endPoint.Port, cancellationToken), ownsSocket: true);
    }

    /// <summary>The families in turn, that of the first address first: a network whose one family is broken is found out at once.</summary>
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

    // The one that has connected; null if all have failed, or the time is over.
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
