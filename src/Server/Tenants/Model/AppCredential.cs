namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// An app of the tenant's own org that is given an access token without a grant. The token stands for itself: the session is kept only while the
/// credential is in force, and its token is revoked when the credential leaves.
/// </summary>
internal abstract record AppCredential : Credential
{
    public required string ConsumerKey { get; init; }

    /// <summary>The org that an administrator requires; null: any org.</summary>
    public string? OrgId { get; init; }

    /// <summary>The org and user of the last tested token; a renewal must reach the same ones.</summary>
    public SalesforceIdentity? Identity { get; init; }

    protected abstract Mode Mode { get; }

    public override Credential Reached(SalesforceIdentity identity) => this with { Identity = identity };

    public override RetiringGrant? Leaving(long rev, DateTimeOffset time) => Renewal.Session is { } session
        ? new(rev, session.AccessToken, session.LoginUrl, session.Identity, time, time + RetiringGrant.Patience) { Mode = Mode }
        : null;

    public override bool Holds(Secret token) => token.Equals(Renewal.Session?.AccessToken);
}
