using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>The nodes of a tenant in the store, as this server last read them: read completely once, and after that only the changes.</summary>
internal sealed class Fleet(TenantId tenant, IStore store, ClusterMembers members, StoreDamage damage, TimeProvider clock)
{
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, NodeEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> sentTo = new(StringComparer.Ordinal);
    private long version;
    private Task? snapshot;
    private long? readAt;
    private long forgotAt;
    private (FleetSnapshot Picture, long Second)? picture;

    /// <summary>When the fleet was last requested, in real time.</summary>
    public long UsedAt { get; private set; } = TimeProvider.System.GetTimestamp();

    /// <summary>Whether the store had no nodes of the tenant at the last read.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
                return readAt is not null && entries.Count == 0;
        }
    }

    /// <summary>The number of watches that are notified of changes.</summary>
    public int Watchers { get; set; }

    /// <summary>Reads the changes, with one read for all concurrent requests, and not again within <paramref name="maxAge"/> of real time.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public Task RefreshAsync(TimeSpan maxAge)
    {
        lock (gate)
        {
            UsedAt = TimeProvider.System.GetTimestamp();
            if (snapshot is { IsCompleted: false })
                return snapshot;
            if (readAt is { } at && TimeProvider.System.GetElapsedTime(at) < maxAge)
                return Task.CompletedTask;
            return snapshot = Task.Run(ReadAsync);
        }
    }

    /// <summary>Applies the entries that this server has just set and dropped.</summary>
    public void Take(IReadOnlyList<NodeEntry> set, IReadOnlyList<string> dropped)
    {
        lock (gate)
        {
            // Not before the first read, which returns them too: a part must not look like the whole.
            if (readAt is null)
                return;
            // In the store's order: an entry in both lists remains.
            foreach (var key in dropped)
                entries.Remove(key);
            foreach (var entry in set)
                Set_NeedsLock(entry);
            picture = null;
        }
    }

    /// <summary>The nodes according to the last read. Time alone also changes the result, so it is recalculated each second.</summary>
    public FleetSnapshot Picture()
    {
        lock (gate)
        {
            var now = clock.GetUtcNow();
            if (picture is not { } drawn || drawn.Second != now.ToUnixTimeSeconds())
                picture = drawn = (FleetSnapshot.Of(Entries_NeedsLock(), members.GoneSince, now), now.ToUnixTimeSeconds());
            return drawn.Picture;
        }
    }

    /// <summary>Whether any server sent this revision, or a newer one, to the caller.</summary>
    public bool WasSent(string caller, long revision)
    {
        lock (gate)
            return sentTo.GetValueOrDefault(caller) >= revision;
    }

    /// <summary>Each server's entries for the nodes, with times converted to this server's clock.</summary>
    public IReadOnlyList<NodeEntry> Entries()
    {
        lock (gate)
            return [.. Entries_NeedsLock()];
    }

    private IEnumerable<NodeEntry> Entries_NeedsLock() => entries.Values.Select(entry => entry.ByClock(members.Offset(entry.Server)));

    private void Set_NeedsLock(NodeEntry entry)
    {
        entries[entry.Key] = entry;
        sentTo[entry.Name.Caller] = Math.Max(sentTo.GetValueOrDefault(entry.Name.Caller), entry.Sent);
    }

    // The store does not report entries that have expired.
    private void Forget_NeedsLock()
    {
        forgotAt = TimeProvider.System.GetTimestamp();
        var now = clock.GetUtcNow();
        var (ms, oldest) = (now.ToUnixTimeMilliseconds(), (now - StoredNode.Lifetime).ToUnixTimeMilliseconds());
        foreach (var entry in Entries_NeedsLock().Where(entry => FleetNode.SeenBy(entry, members.GoneSince, ms) < oldest).ToList())
            entries.Remove(entry.Key);
        // The revision sent to a caller is kept longer than the entry it came from, but not longer than the caller's last entry.
        var callers = entries.Values.Select(entry => entry.Name.Caller).ToHashSet(StringComparer.Ordinal);
        foreach (var caller in sentTo.Keys.Where(caller => !callers.Contains(caller)).ToList())
            sentTo.Remove(caller);
    }

    private async Task ReadAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        var changes = await store.NodesSinceAsync(tenant, Volatile.Read(ref version), CancellationToken.None);
        var parsed = changes.Nodes.Select(node => (node.Key, Entry: NodeEntry.Parse(node.Value))).ToList();
        lock (gate)
        {
            if (changes.IsAll)
            {
                entries.Clear();
                sentTo.Clear();
            }
            foreach (var (key, entry) in parsed)
            {
                // An entry is valid only under its own key: one that was moved is damaged.
                if (entry is not null && entry.Key == key)
                    Set_NeedsLock(entry);
                else
                    damage.Found(Damaged.Nodes, tenant);
            }
            if (readAt is null || TimeProvider.System.GetElapsedTime(forgotAt) > ForgetInterval)
                Forget_NeedsLock();
            version = changes.Version;
            readAt = began;
            if (changes.IsAll || parsed.Count > 0)
                picture = null;
        }
    }
}
