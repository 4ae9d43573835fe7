namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The rev of a commit is the µs since 1970, or one more than the rev before it if that is higher; so none lies far ahead of all clocks.</summary>
internal static class Revs
{
    /// <summary>Farther ahead of a server's clock than the clocks of servers differ: what lies beyond it was not made by counting.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromHours(24);

    public static long At(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static bool IsAhead(long rev, DateTimeOffset now) => rev > At(now + MaxAhead);
}
