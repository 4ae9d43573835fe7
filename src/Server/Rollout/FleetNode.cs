namespace GrpcCreds.Server.Rollout;

/// <summary>What all servers together know of a node.</summary>
internal sealed record FleetNode(NodeName Name, Presence Presence, long Sent, long Applied, long AppliedTime, Rejection? Rejection, long HeardTime, long SeenTime)
{
    /// <summary>For how long a node without a stream is still waited for.</summary>
    public static readonly TimeSpan AwayFor = TimeSpan.FromMinutes(2);

    /// <summary>A node that was not heard of for so long is none.</summary>
    public static readonly TimeSpan KnownFor = TimeSpan.FromHours(24);

    /// <summary>A rollout waits for it.</summary>
    public bool IsExpected => Presence is Presence.Connected or Presence.Away;

    /// <summary>Puts together what the servers say of one node.</summary>
    /// <param name="entries">At least one, all of this node.</param>
    /// <param name="goneSince">Null for a server that lives: a stream at a server that is gone is none.</param>
    /// <param name="now">Ms since 1970.</param>
    public static FleetNode Of(IReadOnlyList<NodeEntry> entries, Func<string, DateTimeOffset?> goneSince, long now)
    {
        long sent = 0, applied = 0, appliedFirst = 0, appliedLast = 0, heard = 0, seen = 0, left = 0;
        Rejection? rejection = null;
        var isOpen = false;
        foreach (var entry in entries)
        {
            sent = Math.Max(sent, entry.Sent);
            if (entry.Applied > applied)
                (applied, appliedFirst, appliedLast) = (entry.Applied, entry.AppliedTime, entry.ConfirmTime);
            else if (entry.Applied == applied)
                (appliedFirst, appliedLast) = (Math.Min(appliedFirst, entry.AppliedTime), Math.Max(appliedLast, entry.ConfirmTime));
            if (entry.Rejection is { } no && (rejection is null || (no.Revision, no.Time).CompareTo((rejection.Revision, rejection.Time)) > 0))
                rejection = no;
            heard = Math.Max(heard, entry.HeardTime);
            left = Math.Max(left, entry.LeftTime);
            isOpen |= entry.IsOpen && goneSince(entry.Server) is null;
            seen = Math.Max(seen, SeenBy(entry, goneSince, now));
        }
        // Its last word counts.
        if (rejection?.Revision < applied || (rejection?.Revision == applied && rejection.Time <= appliedLast))
            rejection = null;
        var presence = left >= heard && left > 0 ? Presence.Left
            : isOpen ? Presence.Connected
            : now - seen < (long)AwayFor.TotalMilliseconds ? Presence.Away
            : Presence.Lost;
        return new(entries[0].Name, presence, sent, applied, appliedFirst, rejection, heard, presence == Presence.Left ? left : seen);
    }

    /// <summary>Until when one server knows the node to have been there: with a stream, as long as the server lived.</summary>
    public static long SeenBy(NodeEntry entry, Func<string, DateTimeOffset?> goneSince, long now) =>
        !entry.IsOpen ? entry.SeenTime : goneSince(entry.Server) is { } gone ? Math.Max(entry.SeenTime, gone.ToUnixTimeMilliseconds()) : now;

    public bool HasApplied(long revision) => Applied >= revision && Rejection is null;

    public bool HasRejected(long revision) => Rejection?.Revision >= revision;
}
