namespace GrpcCreds.Server.Tenants.Model;

/// <summary>What one finished OAuth setup yielded. Its session stands in the credential's upkeep.</summary>
internal sealed record Grant
{
    /// <summary>The rev of the commit that brought it.</summary>
    public required long GrantId { get; init; }

    /// <summary>Single use where Salesforce rotates it: never presented while what became of an earlier presentation is not known.</summary>
    public required Secret RefreshToken { get; init; }

    /// <summary>Where it was given, and is renewed and revoked: scheme and host, no trailing slash.</summary>
    public required string LoginUrl { get; init; }

    public required DateTimeOffset AuthorizeTime { get; init; }

    /// <summary>How long its sessions live, as Salesforce said when it was authorized.</summary>
    public required TimeSpan SessionLifetime { get; init; }

    /// <summary>When it was last renewed: Salesforce may drop what is idle for 30 days.</summary>
    public required DateTimeOffset RenewTime { get; init; }

    public DateTimeOffset IdleExpireTime => RenewTime + TimeSpan.FromDays(30);
}
