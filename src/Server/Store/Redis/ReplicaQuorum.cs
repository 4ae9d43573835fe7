namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// How many replicas must have a write before it counts: so many that every server that could be promoted is among them. A choice that Sentinel or the
/// Cluster makes then loses nothing, and an old primary without its replicas confirms neither writes nor reads.
/// </summary>
internal sealed record ReplicaQuorum
{
    private static readonly HashSet<string> None = [];

    /// <summary>The number that the operator set; null if the servers report which replicas there are.</summary>
    public int? Count { get; init; }

    /// <summary>The replicas that could be promoted, as <c>host:port</c>: those that not every server with a vote holds for dead.</summary>
    public IReadOnlySet<string> Promotable { get; init; } = None;

    /// <summary>All replicas, dead or not.</summary>
    public IReadOnlySet<string> Known { get; init; } = None;

    /// <summary>
    /// Until then, in milliseconds of <see cref="Environment.TickCount64"/>, no vote can have made another server the primary, so that those count that
    /// were promotable when asked. Later all replicas count.
    /// </summary>
    public long LeaseEnd { get; init; }

    /// <param name="connected">The replicas that the primary says are connected to it, as <c>host:port</c>.</param>
    /// <param name="now">The time at which the last of them has confirmed.</param>
    public int Needed(IReadOnlyCollection<string> connected, long now)
    {
        if (Count is { } count)
            // More than the operator counted: one of them could be promoted too.
            return Math.Max(count, connected.Count);
        var needed = now < LeaseEnd ? Promotable : Known;
        // Behind address translation the primary names its replicas differently; then only the numbers can be compared.
        var all = connected.Count > 0 && !connected.Any(Known.Contains)
            ? Math.Max(connected.Count, needed.Count)
            : needed.Union(connected).Count();
        // Not on the primary alone where there is a choice: its replicas may come back before they follow it again, and then it may die. Where there is only
        // one replica, the primary is alone after every failover.
        return Math.Max(all, Known.Count > 1 ? 1 : 0);
    }
}
