using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Soap;

/// <summary>
/// Evaluates the result of one login. A fault is a clear answer, and so is a status that means the request was declined; anything else after the first byte
/// leaves open whether Salesforce processed the login.
/// </summary>
internal sealed class LoginVerdicts(SalesforceOptions options, Uri loginUrl, bool useSandbox, SalesforceIdentity? expected, DateTimeOffset now)
{
    public TestVerdict Of(CallResult result) => result switch
    {
        CallResult.Answered answered => Of(answered.Status, SoapLogin.Parse(answered.Body)),
        CallResult.NotSent notSent => LoginFailed(TransportFailures.OfNotSent(notSent.Reason, now)) with { NothingSent = true },
        _ => LoginFailed(FailureClass.OutcomeUnknown, "The login was sent, but no complete answer came in time; try again in a few minutes."),
    };

    private TestVerdict Of(int status, LoginAnswer? answer) => answer switch
    {
        LoginAnswer.Fault { RateExceeded: true } fault => LoginFailed(new(FailureClass.Throttled, fault.Code, ExceptionCodes.ThrottledAdvice, now)),
        LoginAnswer.Fault { Code: { } code } => LoginFailed(ExceptionCodes.OfLogin(code, now)),
        LoginAnswer.Fault { BlamesRequest: true } =>
            LoginFailed(
                FailureClass.ServiceConfiguration,
                "Salesforce does not understand this service's login request: report this to the service's operator."),
        LoginAnswer.Success { PasswordExpired: true } => LoginFailed(ExceptionCodes.OfLogin(ExceptionCodes.ExpiredPassword, now)),
        LoginAnswer.Success success when status == 200 => OfSession(success),
        _ when TransportFailures.OfDeclined(status, now) is { } declined => LoginFailed(declined),
        _ => LoginFailed(
            FailureClass.OutcomeUnknown, $"The login was sent and answered with HTTP status {status} without a result; try again in a few minutes."),
    };

    private TestVerdict OfSession(LoginAnswer.Success success)
    {
        if (success.Sandbox != useSandbox)
            return WrongIdentity(
                $"The login belongs to a {Kind(success.Sandbox)}, but Use Sandbox is set to {Kind(useSandbox)}: correct Use Sandbox or the username.");
        if (SalesforceId.Identity(success.OrganizationId, success.UserId) is not { } identity)
            return Strange("Salesforce's answer has no valid org and user id: report this to the service's operator.");
        if (expected is not null && identity != expected)
            return WrongIdentity(
                $"The login belongs to {identity}, but {expected} was expected: correct the username, or accept the new user with SetActiveMode.");
        if (!SalesforceHosts.IsAllowed(success.ServerUrl, options))
            return Strange("Salesforce's answer names a host that is not allowed, so nothing was sent there: ask the service's operator about it.");
        var session = new SalesforceSession
        {
            AccessToken = success.SessionId,
            InstanceUrl = new Uri(success.ServerUrl).GetLeftPart(UriPartial.Authority),
            Identity = identity,
            LoginUrl = loginUrl.GetLeftPart(UriPartial.Authority),
            ExpectedExpireTime = SessionLifetime.End(success.SessionSecondsValid is { } seconds ? TimeSpan.FromSeconds(seconds) : null, now),
        };
        return new(session, null, [Accepted(), new(CheckNames.Identity, Outcome.Succeeded, identity.ToString())]);
    }

    private static string Kind(bool sandbox) => sandbox ? "sandbox" : "production org";

    private static Check Accepted() => new(CheckNames.Login, Outcome.Succeeded, "Salesforce accepted the login");

    private TestVerdict WrongIdentity(string advice) => IdentityFailed(FailureClass.WrongIdentity, advice);

    private TestVerdict Strange(string advice) => IdentityFailed(FailureClass.ServiceConfiguration, advice);

    private TestVerdict IdentityFailed(FailureClass failureClass, string advice) =>
        new(null, new(failureClass, null, advice, now), [Accepted(), new(CheckNames.Identity, Outcome.Failed, advice)]);

    private TestVerdict LoginFailed(FailureClass failureClass, string advice) => LoginFailed(new(failureClass, null, advice, now));

    private static TestVerdict LoginFailed(Failure failure) => new(null, failure, [new(CheckNames.Login, Outcome.Failed, failure.Advice)]);
}
