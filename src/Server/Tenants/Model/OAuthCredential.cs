namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The org and user that the nodes act as, and the grant that permits it, once there is one.</summary>
internal sealed record OAuthCredential : Credential
{
    public required SalesforceIdentity Identity { get; init; }

    /// <summary>What happens to a candidate when its setup has brought the grant.</summary>
    public required OnSetup OnSetup { get; init; }

    public Grant? Grant { get; init; }
}
