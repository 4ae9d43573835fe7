using System.Collections.Immutable;

namespace GrpcCreds.Server.Rollout;

/// <summary>The nodes of a tenant at one moment, by name. Immutable, and shared by all readers within a second.</summary>
/// <param name="nodes">The nodes, in the order of their names.</param>
/// <param name="sharesNames">Whether two live processes use the same name.</param>
/// <param name="time">The moment, in ms since 1970.</param>
internal sealed class FleetSnapshot(ImmutableArray<FleetNode> nodes, bool sharesNames, long time)
{
    /// <summary>The maximum number of nodes kept per tenant; further nodes are served but not counted.</summary>
    public const int MaxNodes = 20_000;

    /// <summary>The last counts: most readers ask about the same revision.</summary>
    private RolloutCounts? counted;

    public ImmutableArray<FleetNode> Nodes => nodes;

    public long Time => time;

    /// <summary>The same nodes at another moment.</summary>
    public FleetSnapshot At(long moment) => moment == time ? this : new(nodes, sharesNames, moment) { counted = counted };

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
                bool IsCovered(NodeEntry entry) => instance.Any(other => other.Covers(entry, FleetNode.SeenBy(entry, goneSince(entry.Server), now: 0)));
                foreach (var entry in instance.Where(entry => !IsLive(entry) && (isReplaced || IsCovered(entry))))
                    yield return entry;
            }
        }
    }

    /// <summary>The processes to which one caller gives the same name.</summary>
    public IEnumerable<FleetNode> Named(NodeName name) =>
        From(name with { InstanceId = "" }).TakeWhile(node => (node.Name.Caller, node.Name.NodeId) == (name.Caller, name.NodeId));

    /// <summary>The nodes from a name on, itself included.</summary>
    public IEnumerable<FleetNode> From(NodeName name)
    {
        var (from, to) = (0, nodes.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (nodes[middle].Name.CompareTo(name) < 0)
                from = middle + 1;
            else
                to = middle;
        }
        for (; from < nodes.Length; from++)
            yield return nodes[from];
    }

    public RolloutCounts Count(long revision)
    {
        if (counted is { } last && last.Revision == revision)
            return last;
        int expected = 0, applied = 0, rejected = 0, lost = 0;
        foreach (var node in nodes)
        {
            lost += node.Presence == Presence.Lost ? 1 : 0;
            if (!node.IsExpected)
                continue;
            expected++;
            applied += node.HasApplied(revision) ? 1 : 0;
            rejected += node.HasRejected(revision) ? 1 : 0;
        }
        return counted = new(revision, expected, applied, rejected, lost, nodes.Length, sharesNames);
    }
}
