namespace GrpcCreds.Server.Rollout;

/// <summary>The combined knowledge of all servers about a node. Times are ms since 1970.</summary>
/// <param name="SeenTime">When the node was last seen, apart from the stream that it has open: see <see cref="SeenAt"/>.</param>
internal sealed record FleetNode(
    NodeName Name, Presence Presence, long Sent, long Applied, long AppliedTime, Rejection? Rejection, long HeardTime, long SeenTime)
{
    /// <summary>How long a rollout still waits for a node without a stream.</summary>
    public static readonly TimeSpan AwayFor = TimeSpan.FromMinutes(2);

    /// <summary>How long a node is remembered after it was last seen.</summary>
    public static readonly TimeSpan KnownFor = TimeSpan.FromHours(24);

    /// <summary>Whether a rollout waits for the node.</summary>
    public bool IsExpected => Presence is Presence.Connected or Presence.Away;

    /// <summary>When time alone changes the node: it is lost, or forgotten.</summary>
    public long DueTime => Presence == Presence.Away ? SeenTime + (long)AwayFor.TotalMilliseconds : ForgetTime;

    /// <summary>When the node is no longer remembered.</summary>
    public long ForgetTime => Presence == Presence.Connected ? long.MaxValue : SeenTime + (long)KnownFor.TotalMilliseconds;

    /// <summary>Combines the entries of all servers for one node.</summary>
    /// <param name="entries">At least one, all of this node.</param>
    /// <param name="servers">The servers of the entries.</param>
    /// <param name="now">Ms since 1970.</param>
    public static FleetNode Of(ReadOnlySpan<NodeEntry> entries, IReadOnlyDictionary<string, ServerState> servers, long now)
    {
        long sent = 0, applied = 0, appliedFirst = 0, appliedLast = 0, heard = 0, seen = 0, left = 0;
        Rejection? rejection = null;
        var isOpen = false;
        foreach (var stored in entries)
        {
            var server = servers[stored.Server];
            var entry = stored.ByClock(server.Offset);
            sent = Math.Max(sent, entry.Sent);
            if (entry.Applied > applied)
                (applied, appliedFirst, appliedLast) = (entry.Applied, entry.AppliedTime, entry.ConfirmTime);
            else if (entry.Applied == applied)
                (appliedFirst, appliedLast) = (Math.Min(appliedFirst, entry.AppliedTime), Math.Max(appliedLast, entry.ConfirmTime));
            if (entry.Rejection is { } no && (rejection is null || (no.Revision, no.Time).CompareTo((rejection.Revision, rejection.Time)) > 0))
                rejection = no;
            heard = Math.Max(heard, entry.HeardTime);
            left = Math.Max(left, entry.LeftTime);
            if (entry.IsOpen && server.GoneSince is null)
                isOpen = true;
            else
                seen = Math.Max(seen, SeenBy(entry, server.GoneSince, now));
        }
        // The node's latest report counts.
        if (rejection?.Revision < applied || (rejection?.Revision == applied && rejection.Time <= appliedLast))
            rejection = null;
        var presence = left >= heard && left > 0 ? Presence.Left
            : isOpen ? Presence.Connected
            : now - seen < (long)AwayFor.TotalMilliseconds ? Presence.Away
            : Presence.Lost;
        return new(entries[0].Name, presence, sent, applied, appliedFirst, rejection, heard, presence == Presence.Left ? left : seen);
    }

    /// <summary>Until when one server saw the node: with a stream, as long as the server was alive.</summary>
    public static long SeenBy(NodeEntry entry, DateTimeOffset? goneSince, long now) =>
        !entry.IsOpen ? entry.SeenTime : goneSince is { } gone ? Math.Max(entry.SeenTime, gone.ToUnixTimeMilliseconds()) : now;

    /// <summary>When the node was last seen, at a moment: a connected node is seen all the time.</summary>
    public long SeenAt(long moment) => Presence == Presence.Connected ? Math.Max(SeenTime, moment) : SeenTime;

    public bool HasApplied(long revision) => Applied >= revision && Rejection is null;

    public bool HasRejected(long revision) => Rejection?.Revision >= revision;
}
