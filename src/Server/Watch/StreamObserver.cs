namespace GrpcCreds.Server.Watch;

/// <summary>The notifications of a stream to the node registry.</summary>
/// <param name="Begins">The stream begins to watch a tenant.</param>
/// <param name="Ends">The stream no longer watches a tenant.</param>
/// <param name="Sends">The stream is sending a revision, or its node has it already.</param>
/// <param name="Replaced">Cancelled when a newer stream of the same node replaces this one.</param>
internal sealed record StreamObserver(Action<TenantId> Begins, Action<TenantId> Ends, Action<TenantId, long> Sends, CancellationToken Replaced);
