using System.Collections.Concurrent;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// How far the clocks of Salesforce's hosts are ahead of this server's, measured from their answers. What this server signs for a host is dated by that
/// host's clock. It is kept in memory only: the first answer after a start shows it again.
/// </summary>
internal sealed class HostClocks(TimeProvider clock)
{
    /// <summary>A larger difference is not a clock's fault, and nothing is dated so far away.</summary>
    private static readonly TimeSpan Plausible = TimeSpan.FromDays(1);

    private const int MaxHosts = 10_000;

    private readonly ConcurrentDictionary<string, TimeSpan> ahead = new();

    /// <summary>Zero while nothing was measured.</summary>
    public TimeSpan Ahead(Uri host) => ahead.GetValueOrDefault(host.Authority);

    /// <summary>Takes the time from an answer that has just come.</summary>
    public void Learn(Uri host, CallResult result)
    {
        if (result is not CallResult.Answered { Date: { } date } || (date - clock.GetUtcNow()) is var difference && difference.Duration() > Plausible)
            return;
        if (ahead.Count >= MaxHosts)
            ahead.Clear();
        ahead[host.Authority] = difference;
    }
}
