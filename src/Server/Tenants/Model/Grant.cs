namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What one finished OAuth setup yielded. Its session is in the credential's <see cref="Credential.Renewal"/>.</summary>
internal sealed record Grant
{
    /// <summary>The rev of the commit that brought it.</summary>
    public required long GrantId { get; init; }

    /// <summary>Single use where Salesforce rotates it: never presented while the result of an earlier presentation is unknown.</summary>
    public required Secret RefreshToken { get; init; }

    /// <summary>Where it was issued, and where it is renewed and revoked: scheme and host, no trailing slash.</summary>
    public required string LoginUrl { get; init; }

    public required DateTimeOffset AuthorizeTime { get; init; }

    /// <summary>How long its sessions live, as Salesforce reported at authorization.</summary>
    public required TimeSpan SessionLifetime { get; init; }

    /// <summary>When it was last renewed: Salesforce may drop a grant that is idle for 30 days.</summary>
    public required DateTimeOffset RenewTime { get; init; }

    public DateTimeOffset IdleExpireTime => RenewTime + TimeSpan.FromDays(30);
}
