namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The fields of an OAuth credential in a request; null keeps the saved value. Ids in their 18-character form.</summary>
internal sealed record OAuthFields
{
    public string? OrgId { get; init; }

    public string? UserId { get; init; }

    public bool? UseSandbox { get; init; }

    /// <summary>Empty: the generic login host.</summary>
    public string? MyDomain { get; init; }
}
