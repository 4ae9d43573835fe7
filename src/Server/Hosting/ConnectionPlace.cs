using System.Net;
using GrpcCreds.Server.Callers.Limits;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace GrpcCreds.Server.Hosting;

/// <summary>One open connection: whether a caller has authenticated on it, and how it is closed if none does.</summary>
internal sealed class ConnectionPlace(ConnectionContext connection)
{
    /// <summary>
    /// The number of refused calls after which an unauthenticated connection is closed, and after which it is aborted without waiting for the peer.
    /// </summary>
    private const int MaxRefused = 100, MaxRefusedWhileClosing = 2 * MaxRefused;

    private static readonly object Key = new();

    private int refused;
    private int openCalls;
    private int streams;
    private volatile string? caller;

    public NetworkAddress From { get; } = NetworkAddress.Of((connection.RemoteEndPoint as IPEndPoint)?.Address);

    /// <summary>In real time: the service's clock may jump.</summary>
    public long Since { get; } = Environment.TickCount64;

    /// <summary>Whether a caller has authenticated on it.</summary>
    public bool IsKnown => caller is not null;

    /// <summary>The authenticated caller, or null.</summary>
    public string? Caller => caller;

    /// <summary>So many calls were refused that further calls are not looked at.</summary>
    public bool IsOver => !IsKnown && Volatile.Read(ref refused) >= MaxRefused;

    /// <summary>Whether a call that needs no authentication is running; it has its own maximum lifetime.</summary>
    public bool IsBusy => Volatile.Read(ref openCalls) != 0;

    /// <summary>When the connection was asked to close; null if it was not. Only <see cref="ConnectionGuard"/> uses it.</summary>
    public long? ClosingSince { get; set; }

    public LinkedListNode<ConnectionPlace>? InAll { get; set; }

    public LinkedListNode<ConnectionPlace>? OfAddress { get; set; }

    public bool HasLeft { get; set; }

    /// <returns>Null if the call has no server connection.</returns>
    public static ConnectionPlace? Of(HttpContext call) =>
        call.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(Key, out var place) == true ? place as ConnectionPlace : null;

    public static ConnectionPlace? Of(ConnectionContext connection) => connection.Items.TryGetValue(Key, out var place) ? place as ConnectionPlace : null;

    public void Enter() => connection.Items[Key] = this;

    public void Know(string name) => caller = name;

    /// <summary>Records that a call was refused before a caller authenticated.</summary>
    /// <returns>Whether the connection must be closed now.</returns>
    public bool Refuse()
    {
        if (IsKnown)
            return false;
        var count = Interlocked.Increment(ref refused);
        if (count == MaxRefusedWhileClosing)
            Cut("too many calls were refused");
        return count == MaxRefused;
    }

    public bool TryBeginStream(int max)
    {
        if (Interlocked.Increment(ref streams) <= max)
            return true;
        EndStream();
        return false;
    }

    public void EndStream() => Interlocked.Decrement(ref streams);

    public void BeginOpenCall() => Interlocked.Increment(ref openCalls);

    public void EndOpenCall() => Interlocked.Decrement(ref openCalls);

    /// <summary>Closes the connection gracefully if its protocol can do so (GOAWAY).</summary>
    public void Close() => connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();

    public void Cut(string why) => connection.Abort(new ConnectionAbortedException(why));
}
