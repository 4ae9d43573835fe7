namespace GrpcCreds.Server.Watch;

/// <summary>What a stream says of itself to whoever keeps count of the nodes.</summary>
/// <param name="Begins">It watches a tenant from now on.</param>
/// <param name="Ends">It watches it no more.</param>
/// <param name="Sends">It is sending a revision, or its node holds it already.</param>
/// <param name="Replaced">A newer stream of the same node has taken its place.</param>
internal sealed record StreamObserver(Action<TenantId> Begins, Action<TenantId> Ends, Action<TenantId, long> Sends, CancellationToken Replaced);
