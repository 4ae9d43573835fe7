namespace GrpcCreds.Client;

/// <summary>A wait cannot end because its source has stopped without holding what was waited for. The message says why it stopped.</summary>
public sealed class CredentialWatchStoppedException : InvalidOperationException
{
    internal CredentialWatchStoppedException(string tenantId, string reason)
        : base($"the watch of tenant {tenantId} has stopped: {reason}")
    {
    }
}
