using GrpcCreds.Server.Rollout;

namespace GrpcCreds.Tests.Rollout;

/// <summary>The nodes of a fleet by the plain rule: everything is computed anew from all entries. What the service keeps up to date must equal this.</summary>
internal static class RecomputedFleet
{
    public static (List<FleetNode> Nodes, bool SharesNames) Of(IEnumerable<NodeEntry> entries, Func<string, ServerState> stateOf, long now)
    {
        var names = entries.Where(entry => entry.Name.NodeId != "").Select(entry => entry.ByClock(stateOf(entry.Server).Offset))
            .GroupBy(entry => (entry.Name.Caller, entry.Name.NodeId))
            .Select(name => Present(
                [.. name.GroupBy(entry => entry.Name).OrderBy(process => process.Key).Select(process => Combined([.. process], stateOf, now))], now))
            .ToList();
        return ([.. names.SelectMany(name => name).OrderBy(node => node.Name)], names.Any(name => name.Count > 1));
    }

    public static (int Expected, int Applied, int Rejected, int Lost) Count(IReadOnlyCollection<FleetNode> nodes, long revision)
    {
        var expected = nodes.Where(node => node.Presence is Presence.Connected or Presence.Away).ToList();
        return (expected.Count,
            expected.Count(node => node.Applied >= revision && node.Rejection is null),
            expected.Count(node => node.Rejection is { } rejection && rejection.Revision >= revision),
            nodes.Count(node => node.Presence == Presence.Lost));
    }

    private static List<FleetNode> Present(List<FleetNode> processes, long now)
    {
        processes.RemoveAll(node => now - node.SeenTime >= TimeSpan.FromHours(24).TotalMilliseconds);
        var last = processes.MaxBy(node => (node.Presence == Presence.Connected, node.HeardTime));
        return [.. processes.Where(node => node == last || node.Presence == Presence.Connected)];
    }

    private static FleetNode Combined(List<NodeEntry> entries, Func<string, ServerState> stateOf, long now)
    {
        bool IsLive(NodeEntry entry) => entry.IsOpen && stateOf(entry.Server).GoneSince is null;
        long Seen(NodeEntry entry) => IsLive(entry) ? now
            : entry.IsOpen ? Math.Max(entry.SeenTime, stateOf(entry.Server).GoneSince!.Value.ToUnixTimeMilliseconds())
            : entry.SeenTime;
        var applied = entries.Max(entry => entry.Applied);
        var applications = entries.Where(entry => entry.Applied == applied).ToList();
        var rejection = entries.Select(entry => entry.Rejection).OfType<Rejection>().MaxBy(rejection => (rejection.Revision, rejection.Time));
        if (rejection?.Revision < applied || (rejection?.Revision == applied && rejection.Time <= applications.Max(entry => entry.ConfirmTime)))
            rejection = null;
        var (heard, left, seen) = (entries.Max(entry => entry.HeardTime), entries.Max(entry => entry.LeftTime), entries.Max(Seen));
        var presence = left >= heard && left > 0 ? Presence.Left
            : entries.Exists(IsLive) ? Presence.Connected
            : now - seen < TimeSpan.FromMinutes(2).TotalMilliseconds ? Presence.Away
            : Presence.Lost;
        return new(entries[0].Name, presence, entries.Max(entry => entry.Sent), applied, applied == 0 ? 0 : applications.Min(entry => entry.AppliedTime),
            rejection, heard, presence == Presence.Left ? left : seen);
    }
}
