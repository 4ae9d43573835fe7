namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// Key and secret of an app in the tenant's own org, which acts as the app's Run As user (OAuth 2.0 client credentials). Its session is kept only while it
/// is in force.
/// </summary>
internal sealed record ClientCredential : Credential
{
    public required string ConsumerKey { get; init; }

    public required Secret ConsumerSecret { get; init; }

    /// <summary>The org that an administrator requires; null: any org at the My Domain.</summary>
    public string? OrgId { get; init; }

    /// <summary>The org and Run As user of the last tested token; a renewal must reach the same ones.</summary>
    public SalesforceIdentity? Identity { get; init; }

    public override Credential Reached(SalesforceIdentity identity) => this with { Identity = identity };

    public override RetiringGrant? Leaving(long rev, DateTimeOffset time) => Renewal.Session is { } session
        ? new(rev, session.AccessToken, session.LoginUrl, session.Identity, time, time + RetiringGrant.Patience) { Mode = Mode.ClientCredentials }
        : null;

    public override bool Holds(Secret token) => token.Equals(Renewal.Session?.AccessToken);

    public override string RevealForFingerprint() => $"client\0{MyDomain}\0{ConsumerKey}\0{ConsumerSecret.Reveal()}";
}
