using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.JwtBearer;

/// <summary>JWT bearer: each new session is a new request with an assertion that the credential's key signs.</summary>
internal sealed class JwtBearerMode(JwtBearerClient client, OAuthClient oauth) : TokenMode<JwtBearerCredential>(oauth)
{
    public override Mode Mode => Mode.JwtBearer;

    /// <summary>
    /// An app may have only one certificate. If an administrator replaces it before SetActiveMode, Salesforce accepts only the candidate's key: a session
    /// by that key keeps the nodes at work, if it belongs to the same org and user. The candidate remains a candidate.
    /// </summary>
    public override async Task<RenewalAnswer> RenewAsync(TenantRecord claimed, Credential credential, Func<bool> maySend)
    {
        var answer = await base.RenewAsync(claimed, credential, maySend);
        var inForce = (JwtBearerCredential)credential;
        return answer is RenewalAnswer.NotRenewed { Failure.Class: FailureClass.LoginRefused }
            && inForce.Identity is { } identity && claimed.JwtBearer.Candidate is { } candidate && candidate.Key != inForce.Key && candidate.IsSameApp(inForce)
            && (await client.RequestAsync(candidate, identity, maySend)).Session is { } session
            ? new RenewalAnswer.Renewed(session with { IsByCandidate = true })
            : answer;
    }

    protected override Task<TestVerdict> RequestAsync(JwtBearerCredential app, SalesforceIdentity? expected, Func<bool> maySend) =>
        client.RequestAsync(app, expected, maySend);
}
