namespace GrpcCreds.Server.Values;

/// <summary>Waits before a retry. They double with every failure, and are spread, so that what failed together is not retried together.</summary>
internal static class Backoff
{
    /// <param name="failures">The number of failures, 1 or more.</param>
    /// <param name="first">The wait after the first.</param>
    /// <param name="longest">No wait is longer.</param>
    /// <param name="spread">0 to 1; the wait is changed by -20 to +20 %. The same value gives the same wait.</param>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest, double spread) => After(failures, first, longest) * (0.8 + (0.4 * spread));

    /// <summary>The same, times 0.5 to 1.5 at random.</summary>
    public static TimeSpan SpreadAfter(int failures, TimeSpan first, TimeSpan longest) => Spread(After(failures, first, longest));

    /// <summary>A wait times 0.5 to 1.5 at random.</summary>
    public static TimeSpan Spread(TimeSpan wait) => wait * (0.5 + Random.Shared.NextDouble());

    private static TimeSpan After(int failures, TimeSpan first, TimeSpan longest)
    {
        var wait = first * Math.Pow(2, Math.Min(failures - 1, 10));
        return wait < longest ? wait : longest;
    }
}
