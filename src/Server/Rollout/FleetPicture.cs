using System.Collections.Immutable;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// The entries for a tenant's nodes, and what they come to. Each draw combines again only the nodes that an entry, a server or time has changed since the
/// last one. Not thread-safe.
/// </summary>
/// <param name="stateOf">The present state of a server.</param>
internal sealed class FleetPicture(Func<string, ServerState> stateOf)
{
    private readonly Dictionary<string, NodeEntry> entries = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Caller, string NodeId), NamedNodes> names = [];
    private readonly List<NamedNodes> added = [];

    /// <summary>The states with which the names were drawn.</summary>
    private readonly Dictionary<string, ServerState> servers = new(StringComparer.Ordinal);

    /// <summary>All names but the added ones, in order; those without entries leave at the next draw.</summary>
    private List<NamedNodes> sorted = [];
    private FleetSnapshot drawn = new([], sharesNames: false, time: 0);
    private long dueTime;

    /// <summary>Each server's entries for the nodes, with times by that server's clock.</summary>
    public IReadOnlyCollection<NodeEntry> Entries => entries.Values;

    public void Set(NodeEntry entry)
    {
        if (entries.TryGetValue(entry.Key, out var before) && before == entry)
            return;
        entries[entry.Key] = entry;
        if (!servers.ContainsKey(entry.Server))
            servers[entry.Server] = stateOf(entry.Server);
        if (entry.Name.IsObserver)
            return;
        if (!names.TryGetValue(NameOf(entry), out var name))
        {
            names[NameOf(entry)] = name = new(entry.Name with { InstanceId = "" });
            added.Add(name);
        }
        name.Set(entry);
        dueTime = 0;
    }

    public void Remove(string key)
    {
        if (!entries.Remove(key, out var entry) || entry.Name.IsObserver)
            return;
        var name = names[NameOf(entry)];
        name.Remove(entry);
        if (name.IsEmpty)
            names.Remove(NameOf(entry));
        dueTime = 0;
    }

    public void Clear()
    {
        entries.Clear();
        names.Clear();
        added.Clear();
        sorted.Clear();
        servers.Clear();
        dueTime = 0;
    }

    /// <summary>Removes the entries of nodes last seen before a time, in ms since 1970.</summary>
    public void Forget(long before, long now)
    {
        foreach (var (key, entry) in entries)
        {
            var server = stateOf(entry.Server);
            if (FleetNode.SeenBy(entry.ByClock(server.Offset), server.GoneSince, now) < before)
                Remove(key);
        }
        var used = entries.Values.Select(entry => entry.Server).ToHashSet(StringComparer.Ordinal);
        foreach (var server in servers.Keys.Where(server => !used.Contains(server)))
            servers.Remove(server);
    }

    /// <summary>The nodes at a moment.</summary>
    public FleetSnapshot Draw(DateTimeOffset at)
    {
        var now = at.ToUnixTimeMilliseconds();
        var changed = LookAtServers();
        // Set back, the clock may undo what time has changed.
        var isBack = now < drawn.Time;
        if (changed.Count == 0 && !isBack && now < dueTime)
            return drawn = drawn.At(now);
        MergeAdded();
        dueTime = long.MaxValue;
        var (nodes, sharesNames) = (ImmutableArray.CreateBuilder<FleetNode>(sorted.Count), false);
        foreach (var name in sorted)
        {
            if (isBack || now >= name.DueTime || (changed.Count > 0 && name.IsAt(changed)))
                name.Draw(servers, now);
            dueTime = Math.Min(dueTime, name.DueTime);
            nodes.AddRange(name.Nodes);
            sharesNames |= name.Nodes.Length > 1;
        }
        return drawn = new(nodes.DrainToImmutable(), sharesNames, now);
    }

    private static (string Caller, string NodeId) NameOf(NodeEntry entry) => (entry.Name.Caller, entry.Name.NodeId);

    private HashSet<string> LookAtServers()
    {
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (server, known) in servers)
        {
            var state = stateOf(server);
            if (state == known)
                continue;
            servers[server] = state;
            changed.Add(server);
        }
        return changed;
    }

    private void MergeAdded()
    {
        sorted.RemoveAll(name => name.IsEmpty);
        added.RemoveAll(name => name.IsEmpty);
        if (added.Count == 0)
            return;
        added.Sort((one, other) => one.Name.CompareTo(other.Name));
        var merged = new List<NamedNodes>(sorted.Count + added.Count);
        var at = 0;
        foreach (var name in sorted)
        {
            while (at < added.Count && added[at].Name.CompareTo(name.Name) < 0)
                merged.Add(added[at++]);
            merged.Add(name);
        }
        merged.AddRange(added[at..]);
        added.Clear();
        sorted = merged;
    }
}
