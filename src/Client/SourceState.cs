namespace GrpcCreds.Client;

/// <summary>How far a <see cref="CredentialSource"/> can be trusted to be current.</summary>
public enum SourceState
{
    /// <summary>Nothing is known of the tenant yet; the client tries to reach the service, for ever.</summary>
    Connecting,

    /// <summary>What is held was current within the last three heartbeat intervals, by this process's own monotonic clock.</summary>
    Live,

    /// <summary>
    /// What is held may be old: no heartbeat came, or the service could not look for changes, for three heartbeat intervals, or the service says that it
    /// cannot renew this tenant's state. It stays usable as long as Salesforce takes it; the client goes on trying.
    /// </summary>
    Stale,

    /// <summary>
    /// Final: the tenant was released, the watch disposed, or the service refused the request itself. <see cref="CredentialSource.StopReason"/> says which.
    /// </summary>
    Stopped,
}
