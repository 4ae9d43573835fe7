namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A Salesforce user's password. Its session is kept only while it is in force.</summary>
internal sealed record PasswordCredential : Credential
{
    public required string Username { get; init; }

    public required Secret Password { get; init; }

    /// <summary>Empty where none is needed.</summary>
    public required Secret SecurityToken { get; init; }

    /// <summary>Nodes also get the login itself.</summary>
    public bool DeliverLogin { get; init; }

    /// <summary>Where the login that was last tested landed; a renewal must land there again.</summary>
    public SalesforceIdentity? Identity { get; init; }
}
