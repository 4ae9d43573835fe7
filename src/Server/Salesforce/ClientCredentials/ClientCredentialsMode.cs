using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>
/// Client credentials: each new session is a new request with the app's key and secret. No user is locked by refused requests, so only a token of
/// another org or user ends the renewals.
/// </summary>
internal sealed class ClientCredentialsMode(ClientCredentialsClient client, OAuthClient oauth) : IModeSessions, IModeTest
{
    private const string NotAcceptedAdvice =
        "Salesforce does not accept the token that it has just issued: check the org's session settings and the login IP ranges of the app's Run As user.";

    public Mode Mode => Mode.ClientCredentials;

    public async Task<RenewalAnswer> RenewAsync(Credential credential, Func<bool> maySend)
    {
        var app = (ClientCredential)credential;
        var verdict = await client.RequestAsync(app, app.Identity, maySend);
        return verdict.Failure is { } failure
            ? new RenewalAnswer.NotRenewed(failure, failure.Class == FailureClass.WrongIdentity ? GrantFate.Dead : GrantFate.Kept)
            : new RenewalAnswer.Renewed(verdict.Session!);
    }

    public async Task<SessionCheck> CheckAsync(SalesforceSession session) => Told(await oauth.CheckSessionAsync(session));

    // Activation accepts the org and user that the token reaches; a test alone checks that these are still the same.
    public async Task<TestOutcome> RunAsync(TenantRecord claimed, Func<bool> maySend)
    {
        var test = claimed.Test!;
        var app = claimed.ClientCredentials[test.Slot]!;
        return new(await TestAsync(app, test.Activates ? null : app.Identity, maySend));
    }

    /// <summary>Requests a token, and tests access with it: all checks.</summary>
    /// <param name="app">The app.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called right before the first byte: whether the claim on this test is still fresh.</param>
    public async Task<TestVerdict> TestAsync(ClientCredential app, SalesforceIdentity? expected, Func<bool> maySend)
    {
        var verdict = await client.RequestAsync(app, expected, maySend);
        if (verdict.Session is not { } session)
            return verdict;
        var (access, liveness) = await oauth.CheckAccessAsync(session, app.UseSandbox);
        return access.Failure is { } failure && liveness == Liveness.Dead
            ? access with { Failure = failure with { Class = FailureClass.NotPermitted, Advice = NotAcceptedAdvice } }
            : access;
    }

    // The checks are those of OAuth mode; who has to act is not.
    private static SessionCheck Told(SessionCheck check) => check.Failure is { Class: FailureClass.WrongIdentity } failure
        ? check with { Failure = failure with { Advice = "The session belongs to another org or user than its token did; test again." } }
        : check;
}
