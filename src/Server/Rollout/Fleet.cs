using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>The nodes of a tenant in the store, as this server last read them: read completely once, and after that only the changes.</summary>
internal sealed class Fleet(TenantId tenant, IStore store, ClusterMembers members, StoreDamage damage, TimeProvider clock)
{
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly FleetPicture picture = new(server => new(members.GoneSince(server), members.Offset(server)));
    private readonly Dictionary<string, long> sentTo = new(StringComparer.Ordinal);
    private long version;
    private Task? snapshot;
    private long? readAt;
    private long forgotAt;

    /// <summary>What this server has set since the last read began, with the values it wrote: they come back with the next read.</summary>
    private Dictionary<string, (string Value, NodeEntry Entry)> taken = new(StringComparer.Ordinal);

    /// <summary>Null if the nodes have changed since.</summary>
    private volatile FleetSnapshot? drawn;

    /// <summary>When the fleet was last requested, in real time.</summary>
    public long UsedAt { get; private set; } = TimeProvider.System.GetTimestamp();

    /// <summary>Whether the store had no nodes of the tenant at the last read.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (gate)
                return readAt is not null && picture.Entries.Count == 0;
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

    /// <summary>Applies the entries that this server has just set, with the values it wrote for them, and those it has dropped.</summary>
    public void Take(IReadOnlyList<NodeEntry> set, IReadOnlyList<StoredNode> written, IReadOnlyList<string> dropped)
    {
        lock (gate)
        {
            // Not before the first read, which returns them too: a part must not look like the whole.
            if (readAt is null)
                return;
            // In the store's order: an entry in both lists remains.
            foreach (var key in dropped)
            {
                picture.Remove(key);
                taken.Remove(key);
            }
            foreach (var (entry, (key, value)) in set.Zip(written))
            {
                Set_NeedsLock(entry);
                taken[key] = (value, entry);
            }
            drawn = null;
        }
    }

    /// <summary>The nodes according to the last read. Time alone also changes the result, so it is drawn again each second.</summary>
    public FleetSnapshot Picture()
    {
        var now = clock.GetUtcNow();
        if (drawn is { } current && current.Time / 1000 == now.ToUnixTimeSeconds())
            return current;
        lock (gate)
            return drawn = picture.Draw(now);
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
        NodeEntry[] stored;
        lock (gate)
            stored = [.. picture.Entries];
        return [.. stored.Select(entry => entry.ByClock(members.Offset(entry.Server)))];
    }

    private void Set_NeedsLock(NodeEntry entry)
    {
        picture.Set(entry);
        sentTo[entry.Name.Caller] = Math.Max(sentTo.GetValueOrDefault(entry.Name.Caller), entry.Sent);
    }

    // The store does not report entries that have expired.
    private void Forget_NeedsLock()
    {
        forgotAt = TimeProvider.System.GetTimestamp();
        var now = clock.GetUtcNow();
        picture.Forget((now - StoredNode.Lifetime).ToUnixTimeMilliseconds(), now.ToUnixTimeMilliseconds());
        // The revision sent to a caller is kept longer than the entry it came from, but not longer than the caller's last entry.
        var callers = picture.Entries.Select(entry => entry.Name.Caller).ToHashSet(StringComparer.Ordinal);
        foreach (var caller in sentTo.Keys.Where(caller => !callers.Contains(caller)))
            sentTo.Remove(caller);
    }

    private async Task ReadAsync()
    {
        var began = TimeProvider.System.GetTimestamp();
        IReadOnlyDictionary<string, (string Value, NodeEntry Entry)> own;
        lock (gate)
            (own, taken) = (taken, new(StringComparer.Ordinal));
        var changes = await store.NodesSinceAsync(tenant, Volatile.Read(ref version), CancellationToken.None);
        // What comes back as this server wrote it need not be parsed.
        var read = changes.Nodes
            .Select(node => (node.Key,
                Entry: own.GetValueOrDefault(node.Key) is var (value, entry) && value == node.Value ? entry : NodeEntry.Parse(node.Value)))
            .ToList();
        lock (gate)
        {
            if (changes.IsAll)
            {
                picture.Clear();
                sentTo.Clear();
            }
            foreach (var (key, entry) in read)
            {
                // An entry is valid only under its own key: one that was moved is damaged.
                if (entry is not null && entry.Key == key)
                    Set_NeedsLock(entry);
                else
                    damage.Found(Damaged.Nodes, tenant);
            }
            // What this server set during the read is newer than what was read.
            foreach (var (_, entry) in taken.Values)
                Set_NeedsLock(entry);
            if (readAt is null || TimeProvider.System.GetElapsedTime(forgotAt) > ForgetInterval)
                Forget_NeedsLock();
            version = changes.Version;
            readAt = began;
            if (changes.IsAll || read.Count > 0)
                drawn = null;
        }
    }
}
