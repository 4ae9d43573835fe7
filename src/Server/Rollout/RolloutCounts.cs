namespace GrpcCreds.Server.Rollout;

/// <summary>The progress of a tenant's nodes with a revision.</summary>
/// <param name="Revision">The revision.</param>
/// <param name="Expected">The nodes that should apply it.</param>
/// <param name="Applied">Of these, the nodes that have applied it or a newer one.</param>
/// <param name="Rejected">Of these, the nodes whose latest report on it is a rejection.</param>
/// <param name="Lost">Nodes that are no longer expected but did not report that they were leaving.</param>
/// <param name="Known">All nodes seen within a day.</param>
/// <param name="SharesNames">Whether two live processes have the same name.</param>
internal sealed record RolloutCounts(long Revision, int Expected, int Applied, int Rejected, int Lost, int Known, bool SharesNames)
{
    public bool HasSucceeded => Expected > 0 && Applied == Expected;
}
