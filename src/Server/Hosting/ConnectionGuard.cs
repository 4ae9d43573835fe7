using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Observability;
using Microsoft.AspNetCore.Connections;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Limits the connections of one listener. A connection on which no caller has authenticated is closed after a short time, and is the first to be closed when
/// there are too many connections from its address or in total. So unauthenticated clients can neither take all places nor keep one, whatever they send.
/// </summary>
internal sealed class ConnectionGuard : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Dictionary<NetworkAddress, Address> addresses = [];
    private readonly Dictionary<string, int> callers = new(StringComparer.Ordinal);

    // In both lists the oldest connection comes first.
    private readonly LinkedList<ConnectionPlace> strangers = [];
    private readonly List<ConnectionPlace> closing = [];
    private readonly Limits limits;
    private readonly ServiceMetrics metrics;
    private readonly RefusalLog log;
    private readonly Timer timer;
    private int count;

    public ConnectionGuard(Limits limits, ServiceMetrics metrics, RefusalLog log, BackgroundWork work)
    {
        (this.limits, this.metrics, this.log) = (limits, metrics, log);
        timer = new Timer(_ => work.Try(nameof(ConnectionGuard), Sweep), null, Interval, Interval);
    }

    /// <param name="Listener">The listener's setting, for the log.</param>
    /// <param name="InAll">The maximum number of open connections.</param>
    /// <param name="InAllSetting">The setting that raises it.</param>
    /// <param name="PerAddress">The maximum number of open connections from one address on which no caller has authenticated.</param>
    /// <param name="PerCaller">The maximum number of open connections of one caller.</param>
    /// <param name="FirstCallWithin">How long a connection may remain without an authenticated caller; null if it needs none.</param>
    internal sealed record Limits(string Listener, int InAll, string InAllSetting, int PerAddress, int PerCaller, TimeSpan? FirstCallWithin);

    /// <summary>The number of open connections.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return count;
        }
    }

    /// <summary>Runs a connection if there is a place for it.</summary>
    public async Task RunAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        var place = new ConnectionPlace(connection);
        if (!TryEnter(place))
        {
            place.Cut("too many connections");
            return;
        }
        place.Enter();
        try
        {
            await next(connection);
        }
        finally
        {
            lock (gate)
                Leave(place);
        }
    }

    /// <summary>Records that a caller has authenticated on this connection.</summary>
    public void Know(ConnectionPlace place, string caller)
    {
        if (place.IsKnown)
            return;
        lock (gate)
        {
            var open = callers.GetValueOrDefault(caller);
            // A connection above the caller's limit remains unauthenticated.
            if (place.HasLeft || place.IsKnown || open >= limits.PerCaller)
                return;
            callers[caller] = open + 1;
            place.Know(caller);
            Forget(place);
        }
    }

    /// <summary>Records that a call on this connection was refused.</summary>
    public void Refused(ConnectionPlace place)
    {
        if (!place.Refuse())
            return;
        metrics.ConnectionClosed("refused");
        lock (gate)
            closing.Add(place);
        Close(place, Environment.TickCount64);
    }

    public void Dispose() => timer.Dispose();

    private bool TryEnter(ConnectionPlace place)
    {
        ConnectionPlace? evicted = null;
        string? reached = null;
        var isIn = true;
        lock (gate)
        {
            var address = addresses.GetValueOrDefault(place.From);
            if (address?.Strangers.Count >= limits.PerAddress)
                (reached, evicted) = ($"{LimitsOptions.Section}:{nameof(LimitsOptions.ConnectionsPerAddress)}", address.Strangers.First?.Value);
            else if (count >= limits.InAll)
                (reached, evicted) = (limits.InAllSetting, strangers.First?.Value);
            isIn = reached is null || evicted is not null;
            if (evicted is not null)
                Leave(evicted);
            if (isIn)
                Add(place);
        }
        if (reached is not null)
        {
            metrics.ConnectionClosed("limit");
            log.Add(
                place.From.ToString(),
                $"{limits.Listener} has as many connections as {reached} allows; "
                + (isIn ? "the oldest one on which no caller has authenticated was closed" : "a new one was refused"),
                isWarning: !isIn);
        }
        evicted?.Cut("a newer connection takes its place");
        return isIn;
    }

    private void Add(ConnectionPlace place)
    {
        if (!addresses.TryGetValue(place.From, out var address))
            addresses[place.From] = address = new Address();
        address.Count++;
        count++;
        place.InAll = strangers.AddLast(place);
        place.OfAddress = address.Strangers.AddLast(place);
    }

    private void Leave(ConnectionPlace place)
    {
        if (place.HasLeft)
            return;
        place.HasLeft = true;
        Forget(place);
        count--;
        if (place.Caller is { } caller && --callers[caller] == 0)
            callers.Remove(caller);
        if (--addresses[place.From].Count == 0)
            addresses.Remove(place.From);
    }

    // It is authenticated, or gone.
    private void Forget(ConnectionPlace place)
    {
        if (place.InAll is not { } inAll)
            return;
        strangers.Remove(inAll);
        addresses[place.From].Strangers.Remove(place.OfAddress!);
        (place.InAll, place.OfAddress) = (null, null);
    }

    private void Sweep()
    {
        var now = Environment.TickCount64;
        List<ConnectionPlace> late = [], stuck = [];
        lock (gate)
        {
            // A connection that has authenticated in the meantime may finish what it began.
            closing.RemoveAll(place => place.HasLeft || place.IsKnown);
            stuck.AddRange(closing.Where(place => now - place.ClosingSince >= Interval.TotalMilliseconds));
            if (limits.FirstCallWithin is { } patience)
            {
                late.AddRange(strangers
                    .TakeWhile(place => now - place.Since > patience.TotalMilliseconds)
                    .Where(place => place.ClosingSince is null && !place.IsBusy));
                closing.AddRange(late);
            }
        }
        foreach (var place in late)
        {
            metrics.ConnectionClosed("silent");
            Close(place, now);
        }
        foreach (var place in stuck)
            place.Cut("it did not close in time");
    }

    private static void Close(ConnectionPlace place, long now)
    {
        place.ClosingSince = now;
        place.Close();
    }

    private sealed class Address
    {
        /// <summary>All connections from this address.</summary>
        public int Count { get; set; }

        public LinkedList<ConnectionPlace> Strangers { get; } = [];
    }
}
