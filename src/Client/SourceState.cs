namespace GrpcCreds.Client;

/// <summary>How far a <see cref="CredentialSource"/> can be trusted to be current.</summary>
public enum SourceState
{
    /// <summary>Nothing is known of the tenant yet. The client tries to reach the service without limit.</summary>
    Connecting,

    /// <summary>The state held was current within the last three heartbeat intervals, by this process's own monotonic clock.</summary>
    Live,

    /// <summary>
    /// The state held may be old: for three heartbeat intervals no heartbeat arrived or the service could not check for changes, or the service reports
    /// that it cannot update this tenant's state. A session remains usable as long as Salesforce accepts it; the client continues to try.
    /// </summary>
    Stale,

    /// <summary>
    /// Final: the tenant was released, the watch was disposed, or the service refused the request itself. <see cref="CredentialSource.StopReason"/>
    /// gives the reason.
    /// </summary>
    Stopped,
}
