namespace GrpcCreds.Server.Rollout;

/// <summary>What this server knows of one tenant's nodes, and which part of it is still to be written.</summary>
/// <remarks>An entry stays for a day after its node was last there: made anew it would overwrite what was known of it.</remarks>
internal sealed class TenantNodes(string server, NodeShares shares)
{
    private readonly Lock gate = new();
    private readonly Dictionary<NodeName, NodeEntry> entries = [];
    private readonly Dictionary<NodeName, HashSet<NodeStream>> streams = [];
    private readonly HashSet<NodeName> changed = [];
    private readonly HashSet<string> dropped = new(StringComparer.Ordinal);
    private Batch? next;
    private Batch? writing;
    private long? wroteAt;
    private bool isWriting;
    private bool retired;

    /// <summary>Applies a change to what is known of a node.</summary>
    /// <param name="name">Which.</param>
    /// <param name="change">Says so, too, if nothing changes.</param>
    /// <param name="durable">Ends when the change is durable; null if the node cannot be kept, because there are too many.</param>
    /// <param name="begin">Somebody has to begin writing.</param>
    /// <returns>false: this roster is retired, another one has to be asked.</returns>
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

    /// <summary>Notes a stream of a node.</summary>
    /// <returns>false: this roster is retired, another one has to be asked.</returns>
    public bool Enter(NodeStream stream)
    {
        lock (gate)
        {
            if (retired)
                return false;
            if (!streams.TryGetValue(stream.Name, out var open))
                streams[stream.Name] = open = [];
            open.Add(stream);
            return true;
        }
    }

    /// <summary>Forgets what was last there long ago.</summary>
    /// <param name="before">Ms since 1970.</param>
    /// <returns>Whether nothing is left: this roster is not to be used any more.</returns>
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
            return streams.TryGetValue(stream.Name, out var open) && open.Remove(stream) && open.Count == 0 && streams.Remove(stream.Name);
    }

    /// <summary>Entries that may go, of whichever server.</summary>
    /// <returns>Whether somebody has to begin writing.</returns>
    public bool Drop(IEnumerable<NodeEntry> over)
    {
        lock (gate)
        {
            foreach (var entry in over)
            {
                // Unless something has changed since this was found.
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

    /// <summary>What is to be written now; null: nothing, and whoever wrote may end.</summary>
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

    /// <summary>It could not be written: it is to be written next, with what has changed meanwhile.</summary>
    public void Return(Batch batch)
    {
        lock (gate)
        {
            changed.UnionWith(batch.Set.Select(entry => entry.Name).Where(entries.ContainsKey));
            dropped.UnionWith(batch.Dropped);
            next ??= new Batch();
        }
    }

    /// <summary>The streams there are.</summary>
    public IReadOnlyList<NodeStream> Streams()
    {
        lock (gate)
            return [.. streams.Values.SelectMany(open => open)];
    }

    /// <summary>The processes of one caller's one name that have streams.</summary>
    public IReadOnlyList<NodeName> Streams(NodeName node)
    {
        lock (gate)
            return [.. streams.Keys.Where(name => (name.Caller, name.NodeId) == (node.Caller, node.NodeId))];
    }

    public bool HasStream(NodeName name)
    {
        lock (gate)
            return streams.ContainsKey(name);
    }

    public NodeEntry? Entry(NodeName name)
    {
        lock (gate)
            return entries.GetValueOrDefault(name);
    }

    /// <summary>Everything is to be written again: the store may have lost it.</summary>
    /// <returns>Whether somebody has to begin writing.</returns>
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

    // What has not changed may not be durable yet all the same.
    private Task<Exception?> LastWrite_NeedsLock(NodeName name) =>
        changed.Contains(name) ? next!.Done.Task
        : writing is { Done.Task.IsCompleted: false } ? writing.Done.Task
        : Task.FromResult<Exception?>(null);

    // Those that were last there longest ago go, a tenth at a time.
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

    /// <summary>One write: what is set and dropped together, and those who wait for it.</summary>
    internal sealed class Batch
    {
        public IReadOnlyList<NodeEntry> Set { get; set; } = [];

        public IReadOnlyList<string> Dropped { get; set; } = [];

        /// <summary>Null: it is durable; else why it is not.</summary>
        public TaskCompletionSource<Exception?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
