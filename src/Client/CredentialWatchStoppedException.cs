namespace GrpcCreds.Client;

/// <summary>A wait failed because its source stopped before it had the expected answer. The message gives the reason for the stop.</summary>
public sealed class CredentialWatchStoppedException : InvalidOperationException
{
    internal CredentialWatchStoppedException(string tenantId, string reason)
        : base($"the watch of tenant {tenantId} has stopped: {reason}")
    {
    }
}
