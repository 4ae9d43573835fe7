using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>
/// Evaluates the answer to a code or a refresh token. A 4xx with an OAuth error is a clear answer, and so is a 429; anything else after the first byte that
/// is not a token leaves open whether Salesforce processed the request.
/// </summary>
internal sealed class GrantVerdicts(SalesforceOptions options, string loginUrl, SalesforceIdentity expected, DateTimeOffset now)
{
    private const string AskOperator = "report this to the service's operator.";

    private const string Goes = "The grant is kept, and the service retries the renewal automatically.";

    public static GrantVerdict Failed(Failure failure, GrantFate fate, Secret? refreshToken = null) =>
        new() { Failure = failure, Fate = fate, RefreshToken = refreshToken };

    /// <summary>A code is used up by the answer, so any problem with the answer ends the setup.</summary>
    public GrantVerdict OfCode(CallResult result, bool useSandbox) => Of(result, "start the setup again.", answer =>
        (Unsigned(answer) ?? Stranger(answer, useSandbox) ?? Unusable(answer)
            ?? WithoutApi(answer) ?? WithoutRefreshToken(answer) ?? Elsewhere(answer)) is { } failure
            ? Failed(failure, GrantFate.Dead, answer.RefreshToken ?? answer.AccessToken)
            : Good(answer));

    /// <summary>
    /// If the answer contains another refresh token, the token that was presented is void and the new one belongs to the grant, whatever else is wrong with
    /// the answer. Only an answer that is signed for another user ends the grant.
    /// </summary>
    public GrantVerdict OfRefreshToken(CallResult result, Secret presented) => Of(result, "the service will check whether the token is still valid.", answer =>
    {
        if (presented.Equals(answer.RefreshToken))
            answer = answer with { RefreshToken = null };
        // The scope was checked when the grant was issued; if the answer does not name it, it has not changed.
        var scope = answer.NamesScope ? WithoutApi(answer) : null;
        if ((Unsigned(answer) ?? Stranger(answer, useSandbox: null) ?? Unusable(answer) ?? scope ?? Elsewhere(answer)) is not { } failure)
            return Good(answer);
        return failure.Class == FailureClass.WrongIdentity
            ? Failed(failure, GrantFate.Dead, answer.RefreshToken)
            : Failed(failure with { Advice = $"{failure.Advice} {Goes}" }, GrantFate.Kept, answer.RefreshToken);
    });

    private GrantVerdict Of(CallResult result, string whatNow, Func<TokenAnswer, GrantVerdict> check) => result switch
    {
        CallResult.NotSent notSent => Failed(TransportFailures.OfNotSent(notSent.Reason, now), GrantFate.Kept),
        CallResult.Answered { Status: >= 200 and < 300 } good when TokenAnswer.Parse(good.Body) is { } answer => check(answer),
        CallResult.Answered { Status: >= 400 and < 500 } refused when OAuthError.Parse(refused.Body) is { } error => OfError(refused.Status, error),
        CallResult.Answered { Status: 429 } => Failed(new(FailureClass.Throttled, null, ExceptionCodes.ThrottledAdvice, now), GrantFate.Kept),
        // A redirect, or a host that is not Salesforce: what to fix is known, but not what happened.
        CallResult.Answered { Status: (>= 300 and < 400) or 404 or 410 } other => Failed(TransportFailures.OfDeclined(other.Status, now)!, GrantFate.Unknown),
        CallResult.Answered other => Unknown($"HTTP status {other.Status} without a clear answer", whatNow),
        _ => Unknown("no complete answer in time", whatNow),
    };

    private GrantVerdict OfError(int status, OAuthError error)
    {
        var (failure, fate) = OAuthErrors.OfGrant(error, now);
        return status is 420 or 429
            ? Failed(failure with { Class = FailureClass.Throttled, Advice = ExceptionCodes.ThrottledAdvice }, GrantFate.Kept)
            : Failed(failure, fate);
    }

    private GrantVerdict Unknown(string what, string whatNow) =>
        Failed(Failure(FailureClass.OutcomeUnknown, $"The request was sent, but Salesforce returned {what}; {whatNow}"), GrantFate.Unknown);

    private Failure? Unsigned(TokenAnswer answer) => answer.IsSignedWith(options.ClientSecret!) ? null
        : Failure(FailureClass.ServiceConfiguration, $"Salesforce's answer is not signed with the connected app's secret, so it was not used: {AskOperator}");

    private Failure? Stranger(TokenAnswer answer, bool? useSandbox)
    {
        if (answer.Identity is not { } identity)
            return Failure(FailureClass.ServiceConfiguration, $"Salesforce's answer has no valid org and user id: {AskOperator}");
        var sandbox = options.IsSandbox(new Uri(answer.Id!));
        var elsewhere = useSandbox is not null && sandbox is not null && sandbox != useSandbox;
        return (identity == expected, elsewhere) switch
        {
            (true, false) => null,
            (true, true) => Failure(FailureClass.WrongIdentity, SetupAdvice.WrongEnvironment(sandbox!.Value)),
            (false, true) => Failure(FailureClass.WrongIdentity, SetupAdvice.WrongIdentity(identity, expected, sandbox!.Value)),
            (false, false) => Failure(FailureClass.WrongIdentity, SetupAdvice.WrongIdentity(identity, expected)),
        };
    }

    private Failure? Unusable(TokenAnswer answer) => answer is { AccessToken: not null, IsBearer: true } ? null
        : Failure(FailureClass.ServiceConfiguration, $"Salesforce's answer has no access token that this service can use: {AskOperator}");

    private Failure? WithoutApi(TokenAnswer answer) => answer.HasApi ? null
        : Failure(
            FailureClass.ServiceConfiguration, "The token does not allow API access: the service's operator must give the connected app the scope api.");

    private Failure? WithoutRefreshToken(TokenAnswer answer) => answer.RefreshToken is not null ? null
        : Failure(
            FailureClass.ServiceConfiguration,
            "Salesforce returned no refresh token: the service's operator must give the connected app the scope refresh_token.");

    private Failure? Elsewhere(TokenAnswer answer) => answer.InstanceUrl switch
    {
        { } url when SalesforceHosts.IsAllowed(url, options) => null,
        { } url when Uri.TryCreate(url, UriKind.Absolute, out _) => Failure(
            FailureClass.ServiceConfiguration,
            "Salesforce's answer names a host that is not allowed, so nothing was sent there: "
            + "the service's operator must check Salesforce:AllowedHostSuffixes."),
        _ => Failure(FailureClass.ServiceConfiguration, $"Salesforce's answer does not name the org's host: {AskOperator}"),
    };

    private GrantVerdict Good(TokenAnswer answer) => new()
    {
        Session = new()
        {
            AccessToken = answer.AccessToken!,
            InstanceUrl = new Uri(answer.InstanceUrl!).GetLeftPart(UriPartial.Authority),
            Identity = expected,
            LoginUrl = new Uri(loginUrl).GetLeftPart(UriPartial.Authority),
            ExpectedExpireTime = SessionLifetime.End(told: null, now),
        },
        RefreshToken = answer.RefreshToken,
        Fate = GrantFate.Kept,
    };

    private Failure Failure(FailureClass failureClass, string advice) => new(failureClass, null, advice, now);
}
