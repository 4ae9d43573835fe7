using System.Runtime.InteropServices;

namespace GrpcCreds.Server.Rollout;

/// <summary>The processes to which one caller gives the same name: the entries for them, and the nodes that these come to. Not thread-safe.</summary>
/// <param name="name">The name, without a process.</param>
internal sealed class NamedNodes(NodeName name)
{
    private static readonly Comparer<NodeEntry> Order = Comparer<NodeEntry>.Create((one, other) =>
        string.CompareOrdinal(one.Name.InstanceId, other.Name.InstanceId) is not 0 and var byProcess ? byProcess
        : string.CompareOrdinal(one.Server, other.Server));

    // By process and server.
    private readonly List<NodeEntry> entries = new(1);
    private readonly List<FleetNode> nodes = new(1);

    public NodeName Name => name;

    /// <summary>The nodes as last drawn, by process.</summary>
    public ReadOnlySpan<FleetNode> Nodes => CollectionsMarshal.AsSpan(nodes);

    /// <summary>When the nodes must be drawn again, in ms since 1970: at once after a change, else when time changes them.</summary>
    public long DueTime { get; private set; }

    public bool IsEmpty => entries.Count == 0;

    public bool IsAt(IReadOnlySet<string> servers) => entries.Exists(entry => servers.Contains(entry.Server));

    public void Set(NodeEntry entry)
    {
        var at = entries.BinarySearch(entry, Order);
        if (at >= 0)
            entries[at] = entry;
        else
            entries.Insert(~at, entry);
        DueTime = 0;
    }

    public void Remove(NodeEntry entry)
    {
        entries.RemoveAt(entries.BinarySearch(entry, Order));
        DueTime = 0;
    }

    public void Draw(IReadOnlyDictionary<string, ServerState> servers, long now)
    {
        nodes.Clear();
        DueTime = long.MaxValue;
        FleetNode? last = null;
        for (int from = 0, to; from < entries.Count; from = to)
        {
            to = from + 1;
            while (to < entries.Count && entries[to].Name.InstanceId == entries[from].Name.InstanceId)
                to++;
            var node = FleetNode.Of(CollectionsMarshal.AsSpan(entries)[from..to], servers, now);
            if (now >= node.ForgetTime)
                continue;
            nodes.Add(node);
            DueTime = Math.Min(DueTime, node.DueTime);
            if (last is null || IsAfter(node, last))
                last = node;
        }
        if (nodes.Count > 1)
            Keep(last!);
    }

    // A process that is gone has been replaced by the one that was heard from after it.
    private void Keep(FleetNode last) => nodes.RemoveAll(node => node != last && node.Presence != Presence.Connected);

    private static bool IsAfter(FleetNode node, FleetNode other) =>
        (node.Presence == Presence.Connected, node.HeardTime).CompareTo((other.Presence == Presence.Connected, other.HeardTime)) > 0;
}
