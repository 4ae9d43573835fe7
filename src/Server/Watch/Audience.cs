using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// All streams that watch one tenant. Each is woken once for a change, when it can be sent: a session when the audit has recorded its disclosure to the
/// stream's caller, anything else at once.
/// </summary>
/// <remarks>Small, because there is one for every watched name. The streams form a linked list.</remarks>
internal sealed class Audience
{
    private readonly Lock gate = new();
    private readonly TenantId tenant;
    private readonly View view;
    private readonly Disclosures disclosures;
    private readonly BackgroundWork work;
    private readonly Action<TenantId> recorded;
    private readonly IDisposable watch;
    private Listener? first;
    private TenantDisclosures? recording;
    private long announced;
    private int isDue;

    public Audience(TenantId tenant, View view, Disclosures disclosures, BackgroundWork work)
    {
        (this.tenant, this.view, this.disclosures, this.work) = (tenant, view, disclosures, work);
        recorded = _ => TellRecorded();
        watch = view.WatchPublished(tenant, _ => Changed());
    }

    public void Add(Listener listener)
    {
        lock (gate)
        {
            if (first is not null)
                (first.Previous, listener.Next) = (listener, first);
            (first, listener.IsListed) = (listener, true);
        }
    }

    /// <returns>Whether the last one has left: this audience is then over.</returns>
    public bool Remove(Listener listener)
    {
        lock (gate)
        {
            if (!listener.IsListed)
                return false;
            if (listener.Previous is { } previous)
                previous.Next = listener.Next;
            else
                first = listener.Next;
            if (listener.Next is { } next)
                next.Previous = listener.Previous;
            listener.IsListed = false;
            if (first is not null)
                return false;
        }
        watch.Dispose();
        recording?.Leave(recorded);
        return true;
    }

    // Called by the thread that publishes the change, which waits for no stream.
    private void Changed()
    {
        if (Interlocked.Exchange(ref isDue, 1) == 0)
            _ = Task.Run(() => work.Try(nameof(Audience), Announce));
    }

    private void Announce()
    {
        Volatile.Write(ref isDue, 0);
        lock (gate)
        {
            // Read under the lock, so that an older state is never announced after a newer one.
            if (view.Held(tenant) is not { } snapshot)
                return;
            for (var listener = first; listener is not null; listener = listener.Next)
                listener.Waits = true;
            announced = !snapshot.IsUnreadable && PublishedState.By(snapshot.Record).Session is not null ? snapshot.Record.Revision : 0;
            recording = announced > 0 ? disclosures.Announce(tenant, announced, Callers_NeedsLock(), recorded) : null;
            TellRecorded_NeedsLock();
        }
    }

    // Each caller, and the number of its streams that were not announced yet.
    private Dictionary<string, (Origin To, int Streams)>.ValueCollection Callers_NeedsLock()
    {
        var callers = new Dictionary<string, (Origin To, int Streams)>(StringComparer.Ordinal);
        for (var listener = first; listener is not null; listener = listener.Next)
        {
            if (listener.TryAnnounce(announced))
                callers[listener.To.Caller] = (listener.To, callers.GetValueOrDefault(listener.To.Caller).Streams + 1);
        }
        return callers.Values;
    }

    private void TellRecorded()
    {
        lock (gate)
            TellRecorded_NeedsLock();
    }

    private void TellRecorded_NeedsLock()
    {
        for (var listener = first; listener is not null; listener = listener.Next)
        {
            if (!listener.Waits || recording?.IsDurable(announced, listener.To.Caller) == false)
                continue;
            listener.Waits = false;
            listener.Tell(tenant);
        }
    }
}
