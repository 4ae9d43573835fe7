using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Tokens;

/// <summary>
/// Evaluates the answer to one request of an app for a token. A request whose outcome is unknown may be repeated: it changes nothing at Salesforce but that
/// one more token may live until its end.
/// </summary>
internal abstract class TokenVerdicts(
    SalesforceOptions options, Uri loginUrl, AppCredential credential, SalesforceIdentity? expected, DateTimeOffset now)
{
    private const string AskOperator = "report this to the service's operator.";

    public TestVerdict Of(CallResult result) => result switch
    {
        CallResult.NotSent notSent => LoginFailed(TransportFailures.OfNotSent(notSent.Reason, now)) with { NothingSent = true },
        CallResult.Answered { Status: >= 200 and < 300 } good when TokenAnswer.Parse(good.Body) is { AccessToken: { } token } answer => OfToken(answer, token),
        CallResult.Answered { Status: 420 or 429 } => LoginFailed(FailureClass.Throttled, ExceptionCodes.ThrottledAdvice),
        CallResult.Answered { Status: >= 400 and < 500 } refused when OAuthError.Parse(refused.Body) is { } error =>
            LoginFailed(
                TokenErrors.Of(error, Meaning(OAuthErrorWord.Of(error.Error), error.Description?.ToLowerInvariant() ?? ""), credential.SetTime, now)),
        CallResult.Answered other when TransportFailures.OfDeclined(other.Status, now) is { } declined => LoginFailed(declined),
        CallResult.Answered other => LoginFailed(
            FailureClass.OutcomeUnknown, $"Salesforce answered with HTTP status {other.Status} without a token; try again in a few minutes."),
        _ => LoginFailed(FailureClass.OutcomeUnknown, "The token was requested, but no complete answer came in time; try again in a few minutes."),
    };

    protected DateTimeOffset Now => now;

    /// <summary>What an error means in this flow; null if it means the same as in OAuth mode.</summary>
    /// <param name="word">Salesforce's error word, in lower case.</param>
    /// <param name="text">Its description, in lower case.</param>
    protected abstract TokenErrors.Meaning? Meaning(string word, string text);

    /// <summary>Whether the signature of an answer is right, as far as it can be checked.</summary>
    protected abstract bool IsSigned(TokenAnswer answer);

    /// <summary>The advice if a token belongs to another org or user than the one that was accepted.</summary>
    protected abstract string OtherUser(SalesforceIdentity found, SalesforceIdentity accepted);

    private TestVerdict OfToken(TokenAnswer answer, Secret token)
    {
        if (!IsSigned(answer) || !answer.IsBearer)
            return LoginFailed(
                FailureClass.ServiceConfiguration,
                $"Salesforce's answer is no bearer token or is not signed with the app's secret, so it was not used: {AskOperator}");
        if (answer.NamesScope && !answer.HasApi)
            return LoginFailed(TokenErrors.WithoutApi(now));
        if (answer.Identity is not { } identity)
            return IdentityFailed(FailureClass.ServiceConfiguration, $"Salesforce's answer has no valid org and user id: {AskOperator}");
        if (options.IsSandbox(new Uri(answer.Id!)) is { } sandbox && sandbox != credential.UseSandbox)
            return WrongIdentity(
                $"The token belongs to a {Kind(sandbox)}, but use_sandbox says {Kind(credential.UseSandbox)}: correct use_sandbox or my_domain.");
        if (credential.OrgId is { } org && identity.OrgId != org)
            return WrongIdentity($"The token belongs to org {identity.OrgId}, but org_id is {org}: correct my_domain or org_id.");
        if (expected is not null && identity != expected)
            return WrongIdentity(OtherUser(identity, expected));
        if (answer.InstanceUrl is not { } instance || !SalesforceHosts.IsAllowed(instance, options))
        {
            return IdentityFailed(
                FailureClass.ServiceConfiguration,
                "Salesforce's answer names no host that is allowed, so nothing was sent there: the service's operator must check "
                + "Salesforce:AllowedHostSuffixes.");
        }
        var session = new SalesforceSession
        {
            AccessToken = token,
            InstanceUrl = new Uri(instance).GetLeftPart(UriPartial.Authority),
            Identity = identity,
            LoginUrl = loginUrl.GetLeftPart(UriPartial.Authority),
            ExpectedExpireTime = SessionLifetime.End(told: null, now),
        };
        return new(session, null, [Accepted(), new(CheckNames.Identity, Outcome.Succeeded, identity.ToString())]);
    }

    private static string Kind(bool sandbox) => sandbox ? "sandbox" : "production org";

    private static Check Accepted() => new(CheckNames.Login, Outcome.Succeeded, "Salesforce gave a token");

    private TestVerdict WrongIdentity(string advice) => IdentityFailed(FailureClass.WrongIdentity, advice);

    private TestVerdict IdentityFailed(FailureClass failureClass, string advice) =>
        new(null, new(failureClass, null, advice, now), [Accepted(), new(CheckNames.Identity, Outcome.Failed, advice)]);

    private TestVerdict LoginFailed(FailureClass failureClass, string advice) => LoginFailed(new(failureClass, null, advice, now));

    private static TestVerdict LoginFailed(Failure failure) => new(null, failure, [new(CheckNames.Login, Outcome.Failed, failure.Advice)]);
}
