using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Robustness.Traffic;

namespace GrpcCreds.Tests.Robustness.Checkers;

/// <summary>What must hold after every round, whatever the fault was: pure functions that yield one line for each violation, with its kind first.</summary>
internal static class All
{
    public static IReadOnlyList<string> Find(History history, Truth truth, IReadOnlyList<GrantEntry> grants) =>
    [
        .. history.Surprises, .. Durable.Find(history, truth), .. Unique.Find(history, truth), .. CompareAndSet.Find(history, truth),
        .. RealTime.Find(history, truth), .. Monotone.Find(history, truth), .. NothingVanished.Find(history, truth), .. HonestHeartbeat.Find(history, truth),
        .. TokensOnce.Find(grants), .. Audited.Find(history, truth),
    ];
}
