using GrpcCreds.Server.Accounts;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>
/// Logs in with a password, under the protection of the Salesforce user's account: one login at a time over all tenants and servers, none
/// with values that were just refused, few tests.
/// </summary>
internal sealed partial class Logins(
    LoginGuard accounts, SalesforceClient salesforce, InFlightWork inFlight, ServiceMetrics metrics, TimeProvider clock, ILogger<Logins> log)
{
    // With two calls of 20 s it stays within the claim's 60.
    private static readonly TimeSpan TestPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(3);

    /// <summary>Logs in for a test: <paramref name="login"/> is what is sent if something may be.</summary>
    /// <returns>The verdict, or after which time the user may be tested again.</returns>
    public async Task<(TestVerdict? Verdict, TimeSpan RetryAfter)> TestAsync(PasswordCredential credential, Func<SalesforceClient, Task<TestVerdict>> login)
    {
        var answer = await accounts.ClaimAsync(credential, countsAsTest: true, TestPatience, CancellationToken.None);
        if (answer is not AccountAnswer.Protected refused)
            return (await SendAsync("test", answer, login), default);
        metrics.AccountProtected();
        return (null, refused.RetryAfter);
    }

    /// <summary>Logs in again with a credential that serves. <paramref name="maySend"/> is asked last, right before the request.</summary>
    public async Task<TestVerdict> RenewAsync(PasswordCredential credential, Func<bool> maySend) => await SendAsync(
        "renewal",
        await accounts.ClaimAsync(credential, countsAsTest: false, RenewalPatience, CancellationToken.None),
        client => client.LoginAsync(credential, credential.Identity, maySend));

    private async Task<TestVerdict> SendAsync(string purpose, AccountAnswer answer, Func<SalesforceClient, Task<TestVerdict>> login)
    {
        if (answer is not AccountAnswer.Claimed { Claim: var claim })
            return NotSent(answer);
        var verdict = await VerdictAsync(login);
        // A login that Salesforce accepted brings no lock nearer, whatever the session may do.
        var refusal = verdict.Checks is [{ Name: CheckNames.Login, Outcome: Outcome.Succeeded }, ..] ? null : verdict.Failure;
        metrics.LoggedIn(purpose, refusal?.Class.ToString() ?? "accepted");
        // Beside the verdict's own commit, not before it: a store that is away must not cost the verdict.
        // What was never sent counts for nothing that Salesforce could hold against the user.
        _ = inFlight.Run(() => accounts.SettleAsync(claim, verdict.NothingSent ? null : refusal));
        return verdict;
    }

    // Whatever breaks, the claims are settled: left open they would block the user for a minute.
    private async Task<TestVerdict> VerdictAsync(Func<SalesforceClient, Task<TestVerdict>> login)
    {
        try
        {
            return await login(salesforce);
        }
        catch (Exception e)
        {
            Log.Broke(log, e.GetType().Name);
            return Failed(new Failure(FailureClass.OutcomeUnknown, null, "The service failed during the login; its log says more. Test again.", clock.GetUtcNow()));
        }
    }

    private TestVerdict NotSent(AccountAnswer answer) => answer switch
    {
        AccountAnswer.Remembered { Failure: var failure } => Failed(failure),
        AccountAnswer.Protected { RetryAfter: var wait } =>
            Throttled($"This Salesforce user was refused too often lately, and more could lock it; the next login may be made in {wait.InWords()}."),
        _ => Throttled("Another login of this Salesforce user is under way; try again in a minute."),
    };

    private TestVerdict Throttled(string advice) => Failed(new Failure(FailureClass.Throttled, null, advice, clock.GetUtcNow()));

    private static TestVerdict Failed(Failure failure) => new(null, failure, [new Check(CheckNames.Login, Outcome.Failed, failure.Advice)]);

    private static partial class Log
    {
        // Not the exception's text: it may quote what was to be sent.
        [LoggerMessage(430, LogLevel.Error, "A login broke off with {Exception}; this is a bug of the service")]
        public static partial void Broke(ILogger logger, string exception);
    }
}
