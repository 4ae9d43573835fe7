namespace GrpcCreds.Server.Rollout;

/// <summary>What this server knows about one tenant's nodes, and which part of it is not written yet.</summary>
/// <remarks>An entry is kept for a day after its node was last seen: a new entry would overwrite what was known about the node.</remarks>
internal sealed class TenantNodes(string server, NodeShares shares)
{
    private readonly Lock gate = new();
    private readonly Dictionary<NodeName, NodeEntry> entries = [];

    /// <summary>The open streams by name, without a process.</summary>
    private readonly Dictionary<NodeName, HashSet<NodeStream>> streams = [];
    private readonly HashSet<NodeName> changed = [];
    private readonly HashSet<string> dropped = new(StringComparer.Ordinal);
    private Batch? next;
    private Batch? writing;
    private long? wroteAt;
    private bool isWriting;
    private bool retired;

    /// <summary>Applies a change to a node's entry.</summary>
    /// <param name="name">The node.</param>
    /// <param name="change">Returns the same entry if nothing changes.</param>
    /// <param name="durable">Completes when the change is durable; null if there are too many nodes to keep this one.</param>
    /// <param name="begin">Whether the caller must start writing.</param>
    /// <returns>false if this instance is retired: use another one.</returns>
    public bool Change(NodeName name, Func<NodeEntry, NodeEntry> change, out Task<Exception?>? durable, out bool begin)
    {
        (durable, begin) = (null, false);
        lock (gate)
        {
            if (retired)
                return false;
            if (!entries.TryGetValue(name, out var before) && entries.Count >= FleetSnapshot.MaxNodes && !MakeRoom_NeedsLock())
                return true;
            var isNew = before is null;
            before ??= new NodeEntry(name, server);
            var after = change(before);
            var isKept = after != before && (after.IsWorthKeeping || after.IsOpen);
            if (isNew && isKept && !shares.TryTake(name.Caller))
                return true;
            if (after != before && (isKept || !isNew))
                begin = Set_NeedsLock(after);
            durable = LastWrite_NeedsLock(name);
            return true;
        }
    }

    /// <summary>Adds a node's stream.</summary>
    /// <returns>false if this instance is retired: use another one.</returns>
    public bool Enter(NodeStream stream)
    {
        lock (gate)
        {
            if (retired)
                return false;
            if (!streams.TryGetValue(Named(stream.Name), out var open))
                streams[Named(stream.Name)] = open = [];
            open.Add(stream);
            return true;
        }
    }

    /// <summary>Forgets nodes last seen before a point in time.</summary>
    /// <param name="before">That time, in ms since 1970.</param>
    /// <returns>Whether nothing is left: this instance is then retired.</returns>
    public bool Forget(long before)
    {
        lock (gate)
        {
            foreach (var entry in entries.Values.Where(entry => !entry.IsOpen && entry.SeenTime < before && !changed.Contains(entry.Name)).ToList())
                Remove_NeedsLock(entry.Name);
            return retired = entries.Count == 0 && streams.Count == 0 && !isWriting;
        }
    }

    /// <returns>Whether it was the node's last stream.</returns>
    public bool Leave(NodeStream stream)
    {
        lock (gate)
        {
            if (!streams.TryGetValue(Named(stream.Name), out var open) || !open.Remove(stream))
                return false;
            if (open.Count == 0)
                streams.Remove(Named(stream.Name));
            return !open.Any(other => other.Name == stream.Name);
        }
    }

    /// <summary>Drops entries that are no longer needed, of any server.</summary>
    /// <returns>Whether the caller must start writing.</returns>
    public bool Drop(IEnumerable<NodeEntry> over)
    {
        lock (gate)
        {
            foreach (var entry in over)
            {
                // Not if the entry has changed since it was selected.
                if (entry.Server == server && (changed.Contains(entry.Name) || entries.GetValueOrDefault(entry.Name) != entry))
                    continue;
                dropped.Add(entry.Key);
                if (entry.Server == server)
                    Remove_NeedsLock(entry.Name);
            }
            if (dropped.Count == 0)
                return false;
            next ??= new Batch();
            return !isWriting && (isWriting = true);
        }
    }

    /// <summary>Takes what is to be written now; null if there is nothing, and the writer may end.</summary>
    public Batch? Take()
    {
        lock (gate)
        {
            if (next is not { } batch)
            {
                isWriting = false;
                return null;
            }
            wroteAt = TimeProvider.System.GetTimestamp();
            batch.Set = [.. changed.Where(entries.ContainsKey).Select(name => entries[name])];
            batch.Dropped = [.. dropped];
            changed.Clear();
            dropped.Clear();
            (next, writing) = (null, batch);
            return batch;
        }
    }

    /// <summary>Returns a batch that could not be written: the next one includes it, with what has changed since.</summary>
    public void Return(Batch batch)
    {
        lock (gate)
        {
            changed.UnionWith(batch.Set.Select(entry => entry.Name).Where(entries.ContainsKey));
            dropped.UnionWith(batch.Dropped);
            next ??= new Batch();
        }
    }

    /// <summary>All open streams.</summary>
    public IReadOnlyList<NodeStream> Streams()
    {
        lock (gate)
            return [.. streams.Values.SelectMany(open => open)];
    }

    /// <summary>All processes with the same caller and node id that have an open stream.</summary>
    public IReadOnlyList<NodeName> Streams(NodeName node)
    {
        lock (gate)
            return streams.TryGetValue(Named(node), out var open) ? [.. open.Select(stream => stream.Name).Distinct()] : [];
    }

    public bool HasStream(NodeName name)
    {
        lock (gate)
            return streams.TryGetValue(Named(name), out var open) && open.Any(stream => stream.Name == name);
    }

    public NodeEntry? Entry(NodeName name)
    {
        lock (gate)
            return entries.GetValueOrDefault(name);
    }

    /// <summary>Marks everything to be written again, because the store may have lost it.</summary>
    /// <returns>Whether the caller must start writing.</returns>
    public bool ChangeAll()
    {
        lock (gate)
        {
            changed.UnionWith(entries.Where(entry => entry.Value.IsWorthKeeping).Select(entry => entry.Key));
            if (changed.Count == 0)
                return false;
            next ??= new Batch();
            return !isWriting && (isWriting = true);
        }
    }

    /// <summary>How long to wait before the next write, so that there is at most one in <paramref name="pace"/>.</summary>
    public TimeSpan UntilNextWrite(TimeSpan pace)
    {
        lock (gate)
            return wroteAt is { } at && pace - TimeProvider.System.GetElapsedTime(at) is { Ticks: > 0 } left ? left : TimeSpan.Zero;
    }

    private static NodeName Named(NodeName node) => node with { InstanceId = "" };

    private bool Set_NeedsLock(NodeEntry entry)
    {
        if (!entry.IsWorthKeeping)
        {
            if (entry.IsOpen)
                entries[entry.Name] = entry;
            else
                Remove_NeedsLock(entry.Name);
            return false;
        }
        entries[entry.Name] = entry;
        changed.Add(entry.Name);
        next ??= new Batch();
        return !isWriting && (isWriting = true);
    }

    private void Remove_NeedsLock(NodeName name)
    {
        if (entries.Remove(name))
            shares.Return(name.Caller);
    }

    // Even an unchanged entry may not be durable yet.
    private Task<Exception?> LastWrite_NeedsLock(NodeName name) =>
        changed.Contains(name) ? next!.Done.Task
        : writing is { Done.Task.IsCompleted: false } ? writing.Done.Task
        : Task.FromResult<Exception?>(null);

    // Drops the entries not seen for longest, a tenth at a time.
    private bool MakeRoom_NeedsLock()
    {
        var oldest = entries.Values.Where(entry => !entry.IsOpen).OrderBy(entry => entry.SeenTime).Take(FleetSnapshot.MaxNodes / 10).ToList();
        foreach (var entry in oldest)
        {
            Remove_NeedsLock(entry.Name);
            changed.Remove(entry.Name);
            dropped.Add(entry.Key);
        }
        return oldest.Count > 0;
    }

    /// <summary>One write: the entries it sets and drops, and the task of those that wait for it.</summary>
    internal sealed class Batch
    {
        public IReadOnlyList<NodeEntry> Set { get; set; } = [];

        public IReadOnlyList<string> Dropped { get; set; } = [];

        /// <summary>Null if the batch is durable; otherwise why it is not.</summary>
        public TaskCompletionSource<Exception?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
