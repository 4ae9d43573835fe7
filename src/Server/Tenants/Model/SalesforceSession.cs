namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The result of a login that a node needs.</summary>
internal sealed record SalesforceSession
{
    public required Secret AccessToken { get; init; }

    /// <summary>Scheme and host, no trailing slash.</summary>
    public required string InstanceUrl { get; init; }

    public required SalesforceIdentity Identity { get; init; }

    public required DateTimeOffset ExpectedExpireTime { get; init; }

    /// <summary>Where the login took place: scheme and host, no trailing slash.</summary>
    public required string LoginUrl { get; init; }

    /// <summary>Salesforce refused the key of the credential in force, and gave this session for the key of its candidate.</summary>
    public bool IsByCandidate { get; init; }
}
