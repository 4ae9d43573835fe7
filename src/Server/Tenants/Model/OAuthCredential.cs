namespace GrpcCreds.Server.Tenants.Model;

/// <summary>The org and user that the nodes act as, and the grant that permits it, once there is one.</summary>
internal sealed record OAuthCredential : Credential
{
    public required SalesforceIdentity Identity { get; init; }

    /// <summary>What happens to a candidate when its setup has brought the grant.</summary>
    public required OnSetup OnSetup { get; init; }

    public Grant? Grant { get; init; }

    public override bool IsComplete => Grant is not null;

    public override Grant? StandingGrant => Grant;

    public override Availability StoppedAvailability => Availability.ReauthorizationRequired;

    public override Credential With(Grant grant) => this with { Grant = grant };

    public override RetiringGrant? Leaving(long rev, DateTimeOffset time) =>
        Grant is { } grant ? new(grant.GrantId, grant.RefreshToken, grant.LoginUrl, Identity, time, time + RetiringGrant.Patience) : null;

    public override bool Holds(Secret token) => token.Equals(Grant?.RefreshToken);

    public override string? RevealForFingerprint() => Grant is { } grant ? $"grant\0{grant.RefreshToken.Reveal()}" : null;
}
