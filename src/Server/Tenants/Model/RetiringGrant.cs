namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A grant to be revoked by Salesforce from <paramref name="RevokeTime"/> on, until that is done or <paramref name="GiveUpTime"/> has come.
/// </summary>
/// <param name="GrantId">Of the grant, or the rev of the commit that put it here.</param>
/// <param name="Token">Its refresh token, or its access token if no refresh token came.</param>
/// <param name="LoginUrl">Where.</param>
/// <param name="Identity">Whose it is: Salesforce may end other grants of theirs with it.</param>
/// <param name="Failures">How often it was tried in vain.</param>
internal sealed record RetiringGrant(
    long GrantId, Secret Token, string LoginUrl, SalesforceIdentity Identity, DateTimeOffset RevokeTime, DateTimeOffset GiveUpTime, int Failures = 0)
{
    /// <summary>For how long a replaced grant lives on, so that running operations end in peace.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    /// <summary>For how long a revocation is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromHours(24);
}
