using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Tests.Support;

/// <summary>The simulator's ledger of the refresh tokens presented to it.</summary>
internal static class RefreshLedger
{
    /// <summary>All refreshes that were presented, of whichever grant.</summary>
    public static IEnumerable<PresentationEntry> Refreshes(this Simulator simulator) =>
        simulator.Grants().SelectMany(grant => grant.RefreshTokens).SelectMany(token => token.Presentations).Where(one => one.Endpoint == Endpoint.Token);

    /// <summary>The largest number of requests with refresh tokens (refresh or introspect) that ran at once.</summary>
    public static int MostAtOnce(this Simulator simulator)
    {
        var (running, most) = (0, 0);
        var presented = simulator.Grants().SelectMany(grant => grant.RefreshTokens).SelectMany(token => token.Presentations);
        // A request that ends at the moment another begins does not overlap it.
        foreach (var (_, change) in presented.SelectMany(one => new[] { (one.StartTime, 1), (one.EndTime ?? DateTimeOffset.MaxValue, -1) }).Order())
            most = Math.Max(most, running += change);
        return most;
    }
}
