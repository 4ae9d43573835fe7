using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>OAuth mode: each new session is a refresh with the grant's newest token.</summary>
internal sealed class OAuthSessions(OAuthClient oauth) : IModeSessions
{
    public Mode Mode => Mode.Oauth;

    public async Task<RenewalAnswer> RenewAsync(TenantRecord claimed, Credential credential, Func<bool> maySend)
    {
        var (grant, identity) = (credential.StandingGrant!, ((OAuthCredential)credential).Identity);
        var verdict = await oauth.RefreshAsync(grant.LoginUrl, grant.RefreshToken, identity, grant.SessionLifetime, maySend);
        return verdict.Failure is { } failure
            ? new RenewalAnswer.NotRenewed(failure, verdict.Fate, verdict.Fate == GrantFate.Kept ? null : verdict.RefreshToken)
            {
                Next = verdict.Fate == GrantFate.Kept ? verdict.RefreshToken : null,
            }
            : new RenewalAnswer.Renewed(verdict.Session!, verdict.RefreshToken);
    }

    public async Task<RenewalAnswer> IntrospectAsync(Credential credential)
    {
        var grant = credential.StandingGrant!;
        return await oauth.IntrospectAsync(grant.LoginUrl, grant.RefreshToken) switch
        {
            Introspection.Active => new RenewalAnswer.TokenLives(),
            Introspection.Inactive => new RenewalAnswer.TokenIsDead(),
            Introspection.Unclear unclear => new RenewalAnswer.Unclear(unclear.Failure),
            _ => throw new InvalidOperationException("not an introspection"),
        };
    }

    public Task<SessionCheck> CheckAsync(SalesforceSession session) => oauth.CheckSessionAsync(session);
}
