using Google.Protobuf.WellKnownTypes;

namespace GrpcCreds.Client;

/// <summary>
/// Whether a stream, across all its reconnects, is fresh: within the limit, <c>as_of</c> advanced or a new stream sent the current state. Durations are
/// measured by this process's monotonic clock. <c>as_of</c> is compared only with its previous value on the same stream, because the next stream may
/// come from a server with a different clock.
/// </summary>
/// <remarks>
/// If as_of did not advance last time, the current state from a new stream proves nothing: it may come from a server that cannot read its store either.
/// The callback runs under the lock, so that its calls are in order.
/// </remarks>
internal sealed class Freshness : IDisposable
{
    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly TimeSpan limit;
    private readonly Action<bool> changed;
    private readonly ITimer timer;
    private long? freshAt;
    private Timestamp? asOf;
    private bool standsStill;
    private volatile bool isStale;

    public Freshness(TimeProvider time, TimeSpan limit, Action<bool> changed)
    {
        (this.time, this.limit, this.changed) = (time, limit, changed);
        timer = time.CreateTimer(static self => ((Freshness)self!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public bool IsStale => isStale;

    public void StreamOpened()
    {
        lock (gate)
            asOf = null;
    }

    /// <summary>A tenant received an answer. The time limit starts with the very first answer.</summary>
    public void Answered()
    {
        lock (gate)
            if (freshAt is null)
                Renew_NeedsLock();
    }

    public void Synced()
    {
        lock (gate)
            if (!standsStill)
                Renew_NeedsLock();
    }

    public void Heartbeat(Timestamp? now)
    {
        lock (gate)
        {
            if (now is not null && asOf is not null)
            {
                standsStill = now <= asOf;
                if (!standsStill)
                    Renew_NeedsLock();
            }
            asOf = now ?? asOf;
        }
    }

    public void Dispose() => timer.Dispose();

    private void Renew_NeedsLock()
    {
        freshAt = time.GetTimestamp();
        timer.Change(limit, Timeout.InfiniteTimeSpan);
        Say_NeedsLock(stale: false);
    }

    /// <summary>A timer may fire late, after a renewal, or slightly early, so only the clock decides.</summary>
    private void Look()
    {
        lock (gate)
        {
            var left = limit - time.GetElapsedTime(freshAt!.Value);
            if (left > TimeSpan.Zero)
                timer.Change(left, Timeout.InfiniteTimeSpan);
            else
                Say_NeedsLock(stale: true);
        }
    }

    private void Say_NeedsLock(bool stale)
    {
        if (isStale == stale)
            return;
        isStale = stale;
        changed(stale);
    }
}
