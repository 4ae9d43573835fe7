using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Tokens;

/// <summary>
/// A mode in which each new session is a new request of the tenant's own app. No user is locked by refused requests, so only a token of another org or user
/// ends the renewals.
/// </summary>
internal abstract class TokenMode<T>(OAuthClient oauth) : IModeSessions, IModeTest
    where T : AppCredential
{
    private const string NotAcceptedAdvice =
        "Salesforce does not accept the token that it has just issued: check the org's session settings and the login IP ranges of the user that the "
        + "app acts as.";

    public abstract Mode Mode { get; }

    public virtual Task<RenewalAnswer> RenewAsync(TenantRecord claimed, Credential credential, Func<bool> maySend) => RenewAsync((T)credential, maySend);

    public async Task<SessionCheck> CheckAsync(SalesforceSession session) => Told(await oauth.CheckSessionAsync(session));

    // Activation accepts the org and user that the token reaches; a test alone checks that these are still the same.
    public async Task<TestOutcome> RunAsync(TenantRecord claimed, Func<bool> maySend)
    {
        var test = claimed.Test!;
        var app = (T)claimed[test.Mode, test.Slot]!;
        return new(await TestAsync(app, test.Activates ? null : app.Identity, maySend));
    }

    /// <summary>Requests a token, and makes all checks with it.</summary>
    /// <param name="app">The app.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called right before the first byte: whether the claim on this test is still fresh.</param>
    public async Task<TestVerdict> TestAsync(T app, SalesforceIdentity? expected, Func<bool> maySend)
    {
        var verdict = await RequestAsync(app, expected, maySend);
        if (verdict.Session is not { } session)
            return verdict;
        var (access, liveness) = await oauth.CheckAccessAsync(session, app.UseSandbox);
        return access.Failure is { } failure && liveness == Liveness.Dead
            ? access with { Failure = failure with { Class = FailureClass.NotPermitted, Advice = NotAcceptedAdvice } }
            : access;
    }

    /// <summary>Requests one token. The verdict has the checks LOGIN and IDENTITY.</summary>
    /// <param name="app">The app.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    protected abstract Task<TestVerdict> RequestAsync(T app, SalesforceIdentity? expected, Func<bool> maySend);

    private async Task<RenewalAnswer> RenewAsync(T app, Func<bool> maySend)
    {
        var verdict = await RequestAsync(app, app.Identity, maySend);
        return verdict.Failure is { } failure
            ? new RenewalAnswer.NotRenewed(failure, failure.Class == FailureClass.WrongIdentity ? GrantFate.Dead : GrantFate.Kept)
            : new RenewalAnswer.Renewed(verdict.Session!);
    }

    // The checks are those of OAuth mode; who has to act is not.
    private static SessionCheck Told(SessionCheck check) => check.Failure is { Class: FailureClass.WrongIdentity } failure
        ? check with { Failure = failure with { Advice = "The session belongs to another org or user than its token did; test again." } }
        : check;
}
