namespace GrpcCreds.Server.Watch;

/// <summary>A tenant to watch, the revision its watcher claims to have (0 for none), and the resume token that was sent with that revision.</summary>
internal readonly record struct WatchedRevision(TenantId Tenant, long KnownRevision, ReadOnlyMemory<byte> ResumeToken)
{
    /// <summary>Whether this stream itself sent the revision, so that it is not just a claim.</summary>
    public bool WasSentHere { get; init; }
}
