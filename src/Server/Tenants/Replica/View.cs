using System.Collections.Concurrent;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// What this server knows to be durable: the newest rev of every tenant whose record it has opened, and the record itself of every watched
/// tenant. Publishing marks the watchers and waits for none of them.
/// </summary>
/// <remarks>
/// An entry is only ever replaced by a higher rev, and only by what the store has confirmed. A rev counts only with a record that opens, because
/// the record is sealed for it: the rev of a record that does not open, or of the index, proves nothing. The sealed form of what this server
/// read or wrote is kept when the last watcher leaves: if the store loses it, it is restored from here.
/// </remarks>
internal sealed class View
{
    private readonly ConcurrentDictionary<TenantId, Entry> entries = new();
    private readonly ConcurrentDictionary<Arrival, bool> arrivals = new();

    /// <summary>A power of two.</summary>
    private const int Recent = 1024;

    /// <summary>The records read or written last, one for each place that a tenant's name leads to.</summary>
    private readonly RecordSnapshot?[] recent = new RecordSnapshot?[Recent];

    /// <summary>All tenants in the store, including those whose record it has lost.</summary>
    public IEnumerable<TenantId> Tenants => entries.Where(entry => entry.Value.IsStored).Select(entry => entry.Key);

    /// <summary>The newest rev of the tenant's records that this server has opened or written; 0 if none.</summary>
    public long KnownRev(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Rev : 0;

    /// <summary>The newest sealed record this server has seen of a tenant, if any; it may be older than <see cref="KnownRev"/>.</summary>
    public StoredRecord? Stored(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Stored : null;

    /// <summary>The record of a watched tenant, once it has been read.</summary>
    public RecordSnapshot? Held(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Snapshot : null;

    /// <summary>
    /// The newest record this server has opened or written, if it is a watched tenant's or one of the last. Another server may have written a newer one.
    /// Never that there is none: only the store can tell that from a record that it has lost.
    /// </summary>
    public RecordSnapshot? Newest(TenantId tenant) =>
        (Held(tenant) ?? Volatile.Read(ref RecentOf(tenant))) is { IsUnreadable: false, Stored: not null } snapshot
        && snapshot.Tenant == tenant && snapshot.Rev == KnownRev(tenant)
            ? snapshot
            : null;

    /// <summary>Whether this server itself made the commit at this place of the change index.</summary>
    public bool IsOwnCommit(TenantId tenant, long seq) => entries.TryGetValue(tenant, out var entry) && entry.OwnSeq == seq;

    public bool IsWatched(TenantId tenant) => entries.TryGetValue(tenant, out var entry) && entry.IsWatched;

    /// <summary>Watched tenants whose record could not be read or opened.</summary>
    public IEnumerable<TenantId> WatchedWithoutRecord => entries.Where(entry => entry.Value.LacksRecord).Select(entry => entry.Key);

    /// <summary>The index names the tenant; its record was not read.</summary>
    public void Saw(TenantId tenant) => Stores(tenant, () => On(tenant, entry => entry.Saw()));

    /// <summary>A record was read from the store, or written to it and confirmed.</summary>
    public void Offer(RecordSnapshot snapshot) => Offer(snapshot, ownSeq: 0);

    /// <summary>This server wrote a record, and the store confirmed it.</summary>
    /// <param name="snapshot">The record.</param>
    /// <param name="seq">The place of the commit in the change index; 0 if it is not known.</param>
    public void Committed(RecordSnapshot snapshot, long seq) => Offer(snapshot, seq);

    /// <summary>
    /// Calls <paramref name="appeared"/> with every tenant that appears in the store, until disposed; as with <see cref="Watch"/>, it must only
    /// take note.
    /// </summary>
    public IDisposable WatchNew(Action<TenantId> appeared)
    {
        var arrival = new Arrival(this, appeared);
        arrivals[arrival] = true;
        return arrival;
    }

    /// <summary>
    /// Calls <paramref name="changed"/> after every change of the tenant until disposed. The call is made immediately, on the publisher's thread,
    /// so it must only take note.
    /// </summary>
    public IDisposable Watch(TenantId tenant, Action<TenantId> changed) => Add(new Watcher(this, tenant, changed, ofEveryCommit: true));

    /// <summary>
    /// The same for a stream to nodes: while the tenant has a session, only the changes of what nodes are told count. Without a session every commit does,
    /// because each may be the one that ends the wait for a new session.
    /// </summary>
    public IDisposable WatchPublished(TenantId tenant, Action<TenantId> changed) => Add(new Watcher(this, tenant, changed, ofEveryCommit: false));

    /// <summary>The record of a watched tenant, read by <paramref name="read"/> at most once, however many callers ask at the same time.</summary>
    /// <remarks>A request for a tenant that was never configured leaves no trace.</remarks>
    public Task<RecordSnapshot> HeldOrReadAsync(TenantId tenant, Func<Task<RecordSnapshot>> read) =>
        entries.TryGetValue(tenant, out var entry) ? entry.HeldOrReadAsync(read) : read();

    private void Offer(RecordSnapshot snapshot, long ownSeq)
    {
        // A tenant that was never configured leaves no trace.
        if (snapshot.Stored is null && !entries.ContainsKey(snapshot.Tenant))
            return;
        Stores(snapshot.Tenant, () => On(snapshot.Tenant, entry => entry.Offer(snapshot, ownSeq)));
        Volatile.Write(ref RecentOf(snapshot.Tenant), snapshot);
    }

    private ref RecordSnapshot? RecentOf(TenantId tenant) => ref recent[tenant.GetHashCode() & (Recent - 1)];

    private Watcher Add(Watcher watcher)
    {
        On(watcher.Tenant, entry => entry.Add(watcher));
        return watcher;
    }

    // A caller that first watches for new tenants and then lists them misses none, but may be notified of one twice.
    private void Stores(TenantId tenant, Action act)
    {
        var before = IsStored(tenant);
        act();
        if (before || !IsStored(tenant))
            return;
        foreach (var (arrival, _) in arrivals)
            arrival.Appeared(tenant);
    }

    private bool IsStored(TenantId tenant) => entries.TryGetValue(tenant, out var entry) && entry.IsStored;

    private Entry EntryOf(TenantId tenant) => entries.GetOrAdd(tenant, static _ => new Entry());

    // An entry that returns false has just been removed from the dictionary; the next attempt finds or makes another.
    private void On(TenantId tenant, Func<Entry, bool> act)
    {
        while (!act(EntryOf(tenant)))
        {
        }
    }

    private void Leave(Watcher watcher)
    {
        if (entries.TryGetValue(watcher.Tenant, out var entry) && entry.Remove(watcher))
            entries.TryRemove(new(watcher.Tenant, entry));
    }

    /// <remarks>Small, because there is one for every watched name. It is its own lock, and its watchers form a linked list.</remarks>
    private sealed class Entry
    {
        private Watcher? watchers;
        private Task<RecordSnapshot>? read;
        private long rev;
        private bool dropped;

        public long Rev => Volatile.Read(ref rev);

        public long OwnSeq { get; private set; }

        public bool IsStored { get; private set; }

        public StoredRecord? Stored { get; private set; }

        public RecordSnapshot? Snapshot { get; private set; }

        public bool IsWatched
        {
            get
            {
                lock (this)
                    return watchers is not null;
            }
        }

        public bool LacksRecord
        {
            get
            {
                lock (this)
                    return watchers is not null && Snapshot is null or { IsUnreadable: true };
            }
        }

        public bool Saw()
        {
            lock (this)
            {
                IsStored = true;
                return !dropped;
            }
        }

        public bool Offer(RecordSnapshot snapshot, long ownSeq)
        {
            lock (this)
            {
                if (snapshot.Rev < rev || (snapshot.Rev == Snapshot?.Rev && !Snapshot.IsUnreadable))
                    return !dropped;
                IsStored |= snapshot.Rev > 0;
                if (!snapshot.IsUnreadable)
                    (rev, Stored, OwnSeq) = (snapshot.Rev, snapshot.Stored, ownSeq);
                if (watchers is null)
                    return !dropped;
                var isNews = IsNews(Snapshot, snapshot);
                Snapshot = snapshot;
                // The record is held here now, so the task that read it is not needed.
                if (!snapshot.IsUnreadable)
                    read = null;
                for (var watcher = watchers; watcher is not null; watcher = watcher.Next)
                {
                    if (isNews || watcher.OfEveryCommit)
                        watcher.Changed();
                }
                return true;
            }
        }

        public bool Add(Watcher watcher)
        {
            lock (this)
            {
                if (dropped)
                    return false;
                if (watchers is not null)
                    (watchers.Previous, watcher.Next) = (watcher, watchers);
                watchers = watcher;
                watcher.Entry = this;
                return true;
            }
        }

        /// <returns>Whether the entry holds nothing any more and may be removed: a tenant that was never configured leaves no trace.</returns>
        public bool Remove(Watcher watcher)
        {
            lock (this)
            {
                if (watcher.Entry != this)
                    return false;
                if (watcher.Previous is { } previous)
                    previous.Next = watcher.Next;
                else
                    watchers = watcher.Next;
                if (watcher.Next is { } next)
                    next.Previous = watcher.Previous;
                watcher.Entry = null;
                // A read still in progress may be older than what is committed from now on, while there is no watcher.
                if (watchers is null)
                    (Snapshot, read) = (null, null);
                return dropped = watchers is null && !IsStored;
            }
        }

        public Task<RecordSnapshot> HeldOrReadAsync(Func<Task<RecordSnapshot>> start)
        {
            lock (this)
            {
                if (Snapshot is { IsUnreadable: false } held)
                    return Task.FromResult(held);
                return read is { IsCompleted: false } ? read : read = Task.Run(start);
            }
        }

        // Whether nodes are to be told, or may wait for what comes.
        private static bool IsNews(RecordSnapshot? before, RecordSnapshot after) =>
            before is null || before.IsUnreadable || after.IsUnreadable
            || before.Record.Revision != after.Record.Revision || PublishedState.By(after.Record).Session is null;
    }

    private sealed class Arrival(View view, Action<TenantId> appeared) : IDisposable
    {
        public void Appeared(TenantId tenant) => appeared(tenant);

        public void Dispose() => view.arrivals.TryRemove(this, out _);
    }

    private sealed class Watcher(View view, TenantId tenant, Action<TenantId> changed, bool ofEveryCommit) : IDisposable
    {
        public bool OfEveryCommit => ofEveryCommit;

        public TenantId Tenant => tenant;

        /// <summary>The entry that lists it; null when it is no longer listed. This and its neighbours: under the entry's lock.</summary>
        public Entry? Entry { get; set; }

        public Watcher? Next { get; set; }

        public Watcher? Previous { get; set; }

        public void Changed() => changed(tenant);

        public void Dispose() => view.Leave(this);
    }
}
