using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>One line of the table.</summary>
/// <param name="Name">For <c>--only</c>.</param>
/// <param name="What">What is measured, with its unit.</param>
/// <param name="Goal">What is aimed at.</param>
/// <param name="Values">What each peer gave.</param>
/// <param name="Ratio">How the first peer stands to others, from the runs of the same turn.</param>
/// <param name="Others">The largest share of the machine that others used in a run.</param>
internal sealed record Line(
    string Name, string What, string Goal, IReadOnlyList<(string Peer, Statistics Value)> Values, IReadOnlyList<(string Peer, Statistics Value)> Ratio,
    double Others)
{
    public bool IsNoisy => Others > Machine.Tolerated;
}
