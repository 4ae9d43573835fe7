namespace GrpcCreds.Server.Watch;

/// <summary>A tenant to watch, the revision its watcher says it holds (0: none), and the token that was sent with that revision.</summary>
internal readonly record struct WatchedRevision(TenantId Tenant, long KnownRevision, ReadOnlyMemory<byte> ResumeToken)
{
    /// <summary>No claim: this stream itself sent the revision.</summary>
    public bool WasSentHere { get; init; }
}
