namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// The rev of a commit is the µs since 1970, or one more than the previous rev if that is higher; so no rev is far ahead of all clocks.
/// </summary>
internal static class Revs
{
    /// <summary>More than the clocks of servers differ: a rev further ahead of this server's clock did not come from counting.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(24);

    public static long At(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static bool IsAhead(long rev, DateTimeOffset now) => rev > At(now + MaxAhead);

    /// <summary>
    /// The moment of the commit that follows a rev: higher than it, and no lower than the clock in µs, so that no rev is used twice. Null after the last
    /// rev but one: a record of the very last rev could not be followed by another.
    /// </summary>
    public static Moment? Next(long rev, DateTimeOffset now) => rev < long.MaxValue - 1 ? new Moment(Math.Max(rev + 1, At(now)), now) : null;
}
