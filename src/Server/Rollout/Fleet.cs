using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>What the store has of a tenant's nodes, as this server last read it: read whole once, and then only what was set since.</summary>
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

    /// <summary>When somebody last asked, by real time.</summary>
    public long UsedAt { get; private set; } = TimeProvider.System.GetTimestamp();

    /// <summary>The store had no nodes of the tenant when it was read last.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
                return readAt is not null && entries.Count == 0;
        }
    }

    /// <summary>How many want to be told of changes.</summary>
    public int Watchers { get; set; }

    /// <summary>Reads what is new, one read for all who ask at the same time; not again within <paramref name="maxAge"/> of real time.</summary>
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

    /// <summary>This server has just set these, and dropped those.</summary>
    public void Take(IReadOnlyList<NodeEntry> set, IReadOnlyList<string> dropped)
    {
        lock (gate)
        {
            // Not before the first read, which brings them too: a part must not look like the whole.
            if (readAt is null)
                return;
            // In the store's order: what is in both stays.
            foreach (var key in dropped)
                entries.Remove(key);
            foreach (var entry in set)
                Set_NeedsLock(entry);
            picture = null;
        }
    }

    /// <summary>The nodes as they stand by what was read last. Time alone changes it too, so it is drawn anew each second.</summary>
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

    /// <summary>Whether any server sent a caller this revision, or a newer one.</summary>
    public bool WasSent(string caller, long revision)
    {
        lock (gate)
            return sentTo.GetValueOrDefault(caller) >= revision;
    }

    /// <summary>What each server says of a node, with times by this server's clock.</summary>
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

    // The store does not say what has gone by itself.
    private void Forget_NeedsLock()
    {
        forgotAt = TimeProvider.System.GetTimestamp();
        var now = clock.GetUtcNow();
        var (ms, oldest) = (now.ToUnixTimeMilliseconds(), (now - StoredNode.Lifetime).ToUnixTimeMilliseconds());
        foreach (var entry in Entries_NeedsLock().Where(entry => FleetNode.SeenBy(entry, members.GoneSince, ms) < oldest).ToList())
            entries.Remove(entry.Key);
        // What a caller was sent is kept beyond the entry that said so, but not beyond the caller's last one.
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
                // Under its own key only: a value that was moved is nobody's.
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
