using System.Diagnostics;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// For one tenant: the callers to which the newest revision may be sent, because that is durable in the audit, and the batches still to be written.
/// </summary>
internal sealed class TenantDisclosures(TenantId tenant)
{
    /// <summary>How long the first batch of a quiet tenant waits, so that nodes notified at the same time are in one entry.</summary>
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(5);

    /// <summary>The interval between the batches of a busy tenant, and so the longest wait for a store that answers.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private readonly HashSet<string> durable = [];
    private readonly List<DisclosureBatch> batches = [];
    private long revision;
    private long repeats;
    private int forgotten;
    private long? closedAt;

    public TenantId Tenant => tenant;

    /// <summary>Lets a caller pass (null) if the disclosure of the revision to it is durable, or adds it to a batch.</summary>
    /// <param name="asked">The revision to be sent.</param>
    /// <param name="to">The caller and its call.</param>
    /// <param name="streams">The number of its streams; 0 for one that was counted before.</param>
    /// <param name="then">Called when it is durable.</param>
    /// <param name="begin">Called with a new batch, and how long it waits for other callers.</param>
    public DisclosureBatch? Join(long asked, Origin to, int streams, Action<TenantId>? then, Action<DisclosureBatch, TimeSpan> begin)
    {
        lock (gate)
            return Join_NeedsLock(asked, to, streams, then, begin, First);
    }

    /// <summary>The same for many callers at once. Nobody else is waited for.</summary>
    /// <returns>To how many streams the disclosure was durable before.</returns>
    public int Announce(
        long asked, IEnumerable<(Origin To, int Streams)> callers, Action<TenantId> then, Action<DisclosureBatch, TimeSpan> begin)
    {
        lock (gate)
        {
            var before = 0;
            foreach (var (to, streams) in callers)
                before += Join_NeedsLock(asked, to, streams, then, begin, TimeSpan.Zero) is null ? streams : 0;
            return before;
        }
    }

    /// <summary>Whether the disclosure of a revision to a caller is durable.</summary>
    public bool IsDurable(long asked, string caller)
    {
        lock (gate)
            return asked == revision && durable.Contains(caller);
    }

    /// <summary>Closes the batch to new callers and returns its entry.</summary>
    public DisclosureEntry Close(DisclosureBatch batch, DateTimeOffset now)
    {
        lock (gate)
        {
            batch.Close();
            closedAt = Stopwatch.GetTimestamp();
            var entry = new DisclosureEntry(tenant, Guid.NewGuid(), batch.Revision, now, [.. batch.Recipients], repeats);
            repeats = 0;
            return entry;
        }
    }

    /// <summary>The list rejected the last entry, and accepts none until it has been restored.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The batch is durable: every caller in it may be sent its revision.</summary>
    /// <returns>By how many the number of remembered callers has grown since the last call; negative if it shrank.</returns>
    public int Written(DisclosureBatch batch)
    {
        IReadOnlyCollection<Action<TenantId>> told;
        var more = 0;
        lock (gate)
        {
            batches.Remove(batch);
            IsDamaged = false;
            if (batch.Revision == revision)
                more = batch.Recipients.Count(recipient => durable.Add(recipient.Caller));
            (more, forgotten) = (more - forgotten, 0);
            told = batch.Written();
        }
        foreach (var then in told)
            then(tenant);
        return more;
    }

    /// <summary>The store did not accept the batch.</summary>
    /// <returns>Whether a stream still waits for it, and not for a newer revision.</returns>
    public bool Failed(DisclosureBatch batch, Exception failure)
    {
        lock (gate)
        {
            batch.Failed(failure);
            IsDamaged = failure is Store.StoreDamagedException;
            var goesOn = batch.IsWaitedFor && batch.Revision == revision;
            if (!goesOn)
                batches.Remove(batch);
            return goesOn;
        }
    }

    public void Leave(Action<TenantId> then)
    {
        lock (gate)
            batches.ForEach(batch => batch.Leave(then));
    }

    private DisclosureBatch? Join_NeedsLock(
        long asked, Origin to, int streams, Action<TenantId>? then, Action<DisclosureBatch, TimeSpan> begin, TimeSpan least)
    {
        if (asked > revision)
        {
            revision = asked;
            forgotten += durable.Count;
            durable.Clear();
        }
        if (asked == revision && durable.Contains(to.Caller))
        {
            repeats += streams;
            return null;
        }
        var batch = batches.Find(batch => batch.Revision == asked && (batch.Has(to.Caller) || batch.IsOpen)) ?? Begin_NeedsLock(asked, begin, least);
        batch.Add(to, streams, then);
        return batch;
    }

    private DisclosureBatch Begin_NeedsLock(long asked, Action<DisclosureBatch, TimeSpan> begin, TimeSpan least)
    {
        var batch = new DisclosureBatch(asked);
        batches.Add(batch);
        var wait = closedAt is { } at ? Interval - Stopwatch.GetElapsedTime(at) : least;
        begin(batch, wait > least ? wait : least);
        return batch;
    }
}
