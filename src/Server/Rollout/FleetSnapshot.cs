namespace GrpcCreds.Server.Rollout;

/// <summary>The nodes of a tenant at one moment, by name. Immutable, and shared by all readers within a second.</summary>
internal sealed class FleetSnapshot
{
    /// <summary>The maximum number of nodes kept per tenant; further nodes are served but not counted.</summary>
    public const int MaxNodes = 20_000;

    private FleetSnapshot(IReadOnlyList<FleetNode> nodes, bool sharesNames) => (Nodes, SharesNames) = (nodes, sharesNames);

    public IReadOnlyList<FleetNode> Nodes { get; }

    /// <summary>Whether two live processes use the same name.</summary>
    public bool SharesNames { get; }

    public static FleetSnapshot Of(IEnumerable<NodeEntry> entries, Func<string, DateTimeOffset?> goneSince, DateTimeOffset at)
    {
        var now = at.ToUnixTimeMilliseconds();
        var nodes = new List<FleetNode>();
        var sharesNames = false;
        foreach (var name in entries.Where(entry => !entry.Name.IsObserver).GroupBy(entry => (entry.Name.Caller, entry.Name.NodeId)))
        {
            var instances = name.GroupBy(entry => entry.Name).Select(instance => FleetNode.Of([.. instance], goneSince, now))
                .Where(node => now - node.SeenTime < (long)FleetNode.KnownFor.TotalMilliseconds).ToList();
            // A process that is gone has been replaced by the one that was heard from after it.
            var last = instances.MaxBy(instance => (instance.Presence == Presence.Connected, instance.HeardTime));
            var present = instances.Where(instance => instance == last || instance.Presence == Presence.Connected).ToList();
            sharesNames |= present.Count > 1;
            nodes.AddRange(present);
        }
        nodes.Sort((one, other) => one.Name.CompareTo(other.Name));
        return new(nodes, sharesNames);
    }

    /// <summary>
    /// Entries that do not affect the result: their node was heard from later under another key whose entry contains everything they do, or another process
    /// has replaced it.
    /// </summary>
    public static IEnumerable<NodeEntry> Superfluous(IEnumerable<NodeEntry> entries, Func<string, DateTimeOffset?> goneSince)
    {
        bool IsLive(NodeEntry entry) => entry.IsOpen && goneSince(entry.Server) is null;
        foreach (var name in entries.GroupBy(entry => (entry.Name.Caller, entry.Name.NodeId)))
        {
            foreach (var instance in name.GroupBy(entry => entry.Name))
            {
                var isReplaced = !instance.Any(IsLive) && name.Any(other => other.Name != instance.Key && IsLive(other));
                bool IsCovered(NodeEntry entry) => instance.Any(other => other.Covers(entry, FleetNode.SeenBy(entry, goneSince, now: 0)));
                foreach (var entry in instance.Where(entry => !IsLive(entry) && (isReplaced || IsCovered(entry))))
                    yield return entry;
            }
        }
    }

    /// <summary>The processes to which one caller gives the same name.</summary>
    public IEnumerable<FleetNode> Named(NodeName name)
    {
        var (from, to) = (0, Nodes.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (Nodes[middle].Name.CompareTo(name with { InstanceId = "" }) < 0)
                from = middle + 1;
            else
                to = middle;
        }
        return Nodes.Skip(from).TakeWhile(node => (node.Name.Caller, node.Name.NodeId) == (name.Caller, name.NodeId));
    }

    public RolloutCounts Count(long revision)
    {
        int expected = 0, applied = 0, rejected = 0, lost = 0;
        foreach (var node in Nodes)
        {
            lost += node.Presence == Presence.Lost ? 1 : 0;
            if (!node.IsExpected)
                continue;
            expected++;
            applied += node.HasApplied(revision) ? 1 : 0;
            rejected += node.HasRejected(revision) ? 1 : 0;
        }
        return new(revision, expected, applied, rejected, lost, Nodes.Count, SharesNames);
    }
}
