using System.Collections.Concurrent;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// What this server knows to be durable: for every tenant the newest rev it has confirmed, for those somebody watches the record itself.
/// Publishing marks the watchers and waits for none of them.
/// </summary>
/// <remarks>
/// An entry is only ever replaced by a higher rev, and only by what the store has confirmed. The sealed form of what this server read or
/// wrote stays when the last watcher leaves: should the store lose it, it comes back from here.
/// </remarks>
internal sealed class View
{
    private readonly ConcurrentDictionary<TenantId, Entry> entries = new();
    private readonly ConcurrentDictionary<Arrival, bool> arrivals = new();

    /// <summary>All tenants the store knows, those too whose record it has lost.</summary>
    public IEnumerable<TenantId> Tenants => entries.Where(entry => entry.Value.IsStored).Select(entry => entry.Key);

    /// <summary>The newest rev this server has confirmed for a tenant; 0 if none.</summary>
    public long KnownRev(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Rev : 0;

    /// <summary>The newest sealed record this server has seen of a tenant, if any; it may be older than <see cref="KnownRev"/>.</summary>
    public StoredRecord? Stored(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Stored : null;

    /// <summary>The record of a watched tenant, once it was read.</summary>
    public Reading? Held(TenantId tenant) => entries.TryGetValue(tenant, out var entry) ? entry.Reading : null;

    public bool IsWatched(TenantId tenant) => entries.TryGetValue(tenant, out var entry) && entry.IsWatched;

    /// <summary>Watched tenants whose record could not be read or opened.</summary>
    public IEnumerable<TenantId> WatchedWithoutRecord => entries.Where(entry => entry.Value.LacksRecord).Select(entry => entry.Key);

    /// <summary>The index names the tenant, and its record has this rev (0: it is lost); the record was not read.</summary>
    public void Saw(TenantId tenant, long rev) => Stores(tenant, () => On(tenant, entry => entry.Saw(rev)));

    /// <summary>A record was read from the store, or written to it and confirmed.</summary>
    public void Offer(Reading reading)
    {
        // A tenant that never was leaves no trace.
        if (reading.Stored is not null || entries.ContainsKey(reading.Tenant))
            Stores(reading.Tenant, () => On(reading.Tenant, entry => entry.Offer(reading)));
    }

    /// <summary>Calls <paramref name="appeared"/> with every tenant that the store comes to know, until disposed; like <see cref="Watch"/> it must only take note.</summary>
    public IDisposable WatchNew(Action<TenantId> appeared)
    {
        var arrival = new Arrival(this, appeared);
        arrivals[arrival] = true;
        return arrival;
    }

    /// <summary>
    /// Calls <paramref name="changed"/> after every change of the tenant until disposed: at once, on the publisher's thread, and so it must only
    /// take note.
    /// </summary>
    public IDisposable Watch(TenantId tenant, Action<TenantId> changed)
    {
        var watcher = new Watcher(this, tenant, changed);
        On(tenant, entry => entry.Add(watcher));
        return watcher;
    }

    /// <summary>The record of a watched tenant, read by <paramref name="read"/> at most once however many ask at the same time.</summary>
    public Task<Reading> HeldOrReadAsync(TenantId tenant, Func<Task<Reading>> read) => EntryOf(tenant).HeldOrReadAsync(read);

    // Whoever watches for new tenants first and lists them second misses none, and may be told of one twice.
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

    // An entry that says no has just been dropped from the dictionary; the next look finds or makes another.
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

    private sealed class Entry
    {
        private readonly Lock gate = new();
        private readonly HashSet<Watcher> watchers = [];
        private Task<Reading>? read;
        private long rev;
        private bool dropped;

        public long Rev => Volatile.Read(ref rev);

        public bool IsStored { get; private set; }

        public StoredRecord? Stored { get; private set; }

        public Reading? Reading { get; private set; }

        public bool IsWatched
        {
            get
            {
                lock (gate)
                    return watchers.Count > 0;
            }
        }

        public bool LacksRecord
        {
            get
            {
                lock (gate)
                    return watchers.Count > 0 && Reading is null or { IsUnreadable: true };
            }
        }

        public bool Saw(long seen)
        {
            lock (gate)
            {
                rev = Math.Max(rev, seen);
                IsStored = true;
                return !dropped;
            }
        }

        public bool Offer(Reading reading)
        {
            lock (gate)
            {
                if (reading.Rev < rev || (reading.Rev == Reading?.Rev && !Reading.IsUnreadable))
                    return !dropped;
                rev = reading.Rev;
                IsStored |= rev > 0;
                if (!reading.IsUnreadable)
                    Stored = reading.Stored;
                if (watchers.Count == 0)
                    return !dropped;
                Reading = reading;
                foreach (var watcher in watchers)
                    watcher.Changed();
                return true;
            }
        }

        public bool Add(Watcher watcher)
        {
            lock (gate)
            {
                if (!dropped)
                    watchers.Add(watcher);
                return !dropped;
            }
        }

        /// <returns>Whether the entry knows nothing any more and may go: whoever asks for a tenant that never was leaves no trace.</returns>
        public bool Remove(Watcher watcher)
        {
            lock (gate)
            {
                // A read that is still under way may be older than what is committed from now on, while nobody watches.
                if (watchers.Remove(watcher) && watchers.Count == 0)
                    (Reading, read) = (null, null);
                return dropped = watchers.Count == 0 && !IsStored;
            }
        }

        public Task<Reading> HeldOrReadAsync(Func<Task<Reading>> start)
        {
            lock (gate)
            {
                if (Reading is { IsUnreadable: false } held)
                    return Task.FromResult(held);
                return read is { IsCompleted: false } ? read : read = Task.Run(start);
            }
        }
    }

    private sealed class Arrival(View view, Action<TenantId> appeared) : IDisposable
    {
        public void Appeared(TenantId tenant) => appeared(tenant);

        public void Dispose() => view.arrivals.TryRemove(this, out _);
    }

    private sealed class Watcher(View view, TenantId tenant, Action<TenantId> changed) : IDisposable
    {
        public TenantId Tenant => tenant;

        public void Changed() => changed(tenant);

        public void Dispose() => view.Leave(this);
    }
}
