namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The rev of a commit is the µs since 1970, or one more than the rev before it if that is higher; so none lies far ahead of all clocks.</summary>
internal static class Revs
{
    /// <summary>Farther ahead of a server's clock than the clocks of servers differ: what lies beyond it was not made by counting.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(24);

    public static long At(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static bool IsAhead(long rev, DateTimeOffset now) => rev > At(now + MaxAhead);

    /// <summary>
    /// The moment of the commit that follows a rev: higher than it, and no lower than the clock in µs, so that no rev is used twice. Null after the last
    /// rev but one: a record of the very last rev could not be followed by another.
    /// </summary>
    public static Moment? Next(long rev, DateTimeOffset now) => rev < long.MaxValue - 1 ? new Moment(Math.Max(rev + 1, At(now)), now) : null;
}
