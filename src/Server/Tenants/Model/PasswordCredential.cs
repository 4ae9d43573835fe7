namespace GrpcCreds.Server.Tenants.Model;

/// <summary>A Salesforce user's password. Its session is kept only while it is in force.</summary>
internal sealed record PasswordCredential : Credential
{
    public required string Username { get; init; }

    public required Secret Password { get; init; }

    /// <summary>Empty if none is needed.</summary>
    public required Secret SecurityToken { get; init; }

    /// <summary>Nodes also get the login itself.</summary>
    public bool DeliverLogin { get; init; }

    /// <summary>The org and user of the last tested login; a renewal must reach the same ones.</summary>
    public SalesforceIdentity? Identity { get; init; }

    public override bool IsLockedByRefusals => true;

    public override DeliveredLogin? Login => DeliverLogin ? new(Username, Password, SecurityToken) : null;

    public override Credential Reached(SalesforceIdentity identity) => this with { Identity = identity };

    public override string RevealForFingerprint() => $"password\0{UseSandbox}\0{Username}\0{Password.Reveal()}\0{SecurityToken.Reveal()}";
}
