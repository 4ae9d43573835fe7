using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Tests.Support;

/// <summary>What the simulator's ledger says of the refresh tokens presented to it.</summary>
internal static class RefreshLedger
{
    /// <summary>All refreshes that were presented, of whichever grant.</summary>
    public static IEnumerable<PresentationEntry> Refreshes(this Simulator simulator) =>
        simulator.Grants().SelectMany(grant => grant.RefreshTokens).SelectMany(token => token.Presentations).Where(one => one.Endpoint == Endpoint.Token);

    /// <summary>How many requests with refresh tokens, to be refreshed or introspected, ever ran at once.</summary>
    public static int MostAtOnce(this Simulator simulator)
    {
        var (running, most) = (0, 0);
        var presented = simulator.Grants().SelectMany(grant => grant.RefreshTokens).SelectMany(token => token.Presentations);
        // What ends at the very moment at which another begins is not beside it.
        foreach (var (_, change) in presented.SelectMany(one => new[] { (one.StartTime, 1), (one.EndTime ?? DateTimeOffset.MaxValue, -1) }).Order())
            most = Math.Max(most, running += change);
        return most;
    }
}
