namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A grant that Salesforce is asked to revoke from <paramref name="RevokeTime"/> on, until it is revoked or <paramref name="GiveUpTime"/> has passed.
/// </summary>
/// <param name="GrantId">The grant's id, or the rev of the commit that put it here.</param>
/// <param name="Token">Its refresh token, or its access token if no refresh token was issued.</param>
/// <param name="LoginUrl">Where to revoke it.</param>
/// <param name="Identity">Whose grant it is: Salesforce may end other grants of the same user with it.</param>
/// <param name="Failures">The number of failed attempts.</param>
internal sealed record RetiringGrant(
    long GrantId, Secret Token, string LoginUrl, SalesforceIdentity Identity, DateTimeOffset RevokeTime, DateTimeOffset GiveUpTime, int Failures = 0)
{
    /// <summary>The mode it belonged to. Records of earlier versions do not name it: then only OAuth had any.</summary>
    public Mode Mode { get; init; } = Mode.Oauth;

    /// <summary>How long a replaced grant is kept alive, so that running operations can finish.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>How long a revocation is attempted.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);
}
