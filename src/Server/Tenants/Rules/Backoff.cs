using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>Waits that double with every failure.</summary>
internal static class Backoff
{
    /// <param name="failures">The number of failures, 1 or more.</param>
    /// <param name="first">The wait after the first.</param>
    /// <param name="longest">No wait is longer.</param>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest)
    {
        var wait = first * Math.Pow(2, Math.Min(failures - 1, 10));
        return wait < longest ? wait : longest;
    }

    /// <summary>The same ± 20 %: calls that failed together are not retried together.</summary>
    public static TimeSpan After(int failures, TimeSpan first, TimeSpan longest, Moment at) => After(failures, first, longest) * (0.8 + (0.4 * at.Spread));
}
