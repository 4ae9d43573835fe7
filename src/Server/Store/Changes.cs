namespace GrpcCreds.Server.Store;

/// <summary>
/// What changed in a partition. <paramref name="DeploymentId"/> is null if the store no longer knows whose it is. <paramref name="Seq"/>
/// is the partition's counter: all commits up to it are in <paramref name="Tenants"/> or were before the seq asked for.
/// </summary>
internal sealed record Changes(string? DeploymentId, long Seq, IReadOnlyList<Change> Tenants)
{
    /// <summary>A counter beyond this was not counted up to: it is damage. So far, numbers are exact in every engine.</summary>
    public const long MaxSeq = (1L << 53) - 1;

    /// <summary>A place in the index beyond this says nothing about how far the counter is. Lower, so that counting goes on above any that does.</summary>
    public const long MaxPlace = 1L << 52;
}
