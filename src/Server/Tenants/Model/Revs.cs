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
}
