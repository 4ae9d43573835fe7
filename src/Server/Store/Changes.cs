namespace GrpcCreds.Server.Store;

/// <summary>
/// What changed in a partition. <paramref name="DeploymentId"/> is null if the store no longer contains its deployment's id.
/// <paramref name="Seq"/> is the partition's counter: all commits up to it are in <paramref name="Tenants"/> or came before the requested seq.
/// </summary>
internal sealed record Changes(string? DeploymentId, long Seq, IReadOnlyList<Change> Tenants)
{
    /// <summary>A higher counter was not reached by counting: it is damage. Up to here, numbers are exact in every engine.</summary>
    public const long MaxSeq = (1L << 53) - 1;

    /// <summary>
    /// A higher place in the index proves nothing about the counter. Lower than <see cref="MaxSeq"/>, so that counting can continue above any valid place.
    /// </summary>
    public const long MaxPlace = 1L << 52;
}
