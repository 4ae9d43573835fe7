using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>
/// Logs in with a password while protecting the Salesforce user's account from a lockout: only one login at a time over all tenants and servers, none with
/// values that were just refused, and few tests.
/// </summary>
internal sealed partial class Logins(
    LoginGuard accounts, SalesforceClient salesforce, InFlightWork inFlight, ServiceMetrics metrics, TimeProvider clock, ILogger<Logins> log)
{
    // Together with two calls of 20 s this fits within the 60 s of a claim.
    private static readonly TimeSpan TestPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(3);

    /// <summary>Logs in for a test; <paramref name="login"/> is called if a request may be sent.</summary>
    /// <returns>The verdict, or the time after which the user may be tested again.</returns>
    public async Task<(TestVerdict? Verdict, TimeSpan RetryAfter)> TestAsync(PasswordCredential credential, Func<SalesforceClient, Task<TestVerdict>> login)
    {
        var answer = await accounts.ClaimAsync(credential, countsAsTest: true, TestPatience, CancellationToken.None);
        if (answer is not AccountAnswer.Protected refused)
            return (await SendAsync("test", answer, login), default);
        metrics.AccountProtected();
        return (null, refused.RetryAfter);
    }

    /// <summary>Logs in again with a credential in use. <paramref name="maySend"/> is called last, right before the request.</summary>
    public async Task<TestVerdict> RenewAsync(PasswordCredential credential, Func<bool> maySend) => await SendAsync(
        "renewal",
        await accounts.ClaimAsync(credential, countsAsTest: false, RenewalPatience, CancellationToken.None),
        client => client.LoginAsync(credential, credential.Identity, maySend));

    private async Task<TestVerdict> SendAsync(string purpose, AccountAnswer answer, Func<SalesforceClient, Task<TestVerdict>> login)
    {
        if (answer is not AccountAnswer.Claimed { Claim: var claim })
            return NotSent(answer);
        var verdict = await VerdictAsync(login);
        // A login that Salesforce accepted does not bring a lockout closer, whatever the session may do.
        var refusal = verdict.Checks is [{ Name: CheckNames.Login, Outcome: Outcome.Succeeded }, ..] ? null : verdict.Failure;
        metrics.LoggedIn(purpose, refusal?.Class.ToString() ?? "accepted");
        // In parallel with the commit of the verdict: an unavailable store must not cost the verdict.
        // A login that was never sent does not count against the user.
        _ = inFlight.Run(() => accounts.SettleAsync(claim, verdict.NothingSent ? null : refusal));
        return verdict;
    }

    // Whatever fails, the claims are settled: an open claim would block the user for a minute.
    private async Task<TestVerdict> VerdictAsync(Func<SalesforceClient, Task<TestVerdict>> login)
    {
        try
        {
            return await login(salesforce);
        }
        catch (Exception e)
        {
            Log.Broke(log, e.GetType().Name);
            return Failed(new Failure(
                FailureClass.OutcomeUnknown, null, "The service failed during the login; see its log. Test again.", clock.GetUtcNow()));
        }
    }

    private TestVerdict NotSent(AccountAnswer answer) => answer switch
    {
        AccountAnswer.Remembered { Failure: var failure } => Failed(failure),
        AccountAnswer.Protected { RetryAfter: var wait } =>
            Throttled($"This Salesforce user was refused too often recently, and more attempts could lock it; the next login is possible in {wait.InWords()}."),
        _ => Throttled("Another login of this Salesforce user is in progress; try again in a minute."),
    };

    private TestVerdict Throttled(string advice) => Failed(new Failure(FailureClass.Throttled, null, advice, clock.GetUtcNow()));

    private static TestVerdict Failed(Failure failure) => new(null, failure, [new Check(CheckNames.Login, Outcome.Failed, failure.Advice)]);

    private static partial class Log
    {
        // Without the exception's text, which may quote what was to be sent.
        [LoggerMessage(430, LogLevel.Error, "A login failed with {Exception}; this is a bug in the service")]
        public static partial void Broke(ILogger logger, string exception);
    }
}
