namespace GrpcCreds.Server.Rollout;

/// <summary>How far the nodes of a tenant are with a revision.</summary>
/// <param name="Revision">Counted for this one.</param>
/// <param name="Expected">Nodes that are to apply it.</param>
/// <param name="Applied">Of these, those that have applied it or a newer one.</param>
/// <param name="Rejected">Of these, those whose last word on it is no.</param>
/// <param name="Lost">Nodes not expected any more that did not say goodbye.</param>
/// <param name="Known">All that were heard of within a day.</param>
/// <param name="SharesNames">Two live processes have one name.</param>
internal sealed record RolloutCounts(long Revision, int Expected, int Applied, int Rejected, int Lost, int Known, bool SharesNames)
{
    public bool HasSucceeded => Expected > 0 && Applied == Expected;
}
