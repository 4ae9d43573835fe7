using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Failures without a Salesforce code in which certainly nothing was processed.</summary>
internal static class TransportFailures
{
    private const string AskOperator = "correct the My Domain, or ask the service's operator to allow the host.";

    private const string LookAtBaseUrl = "correct the My Domain, or ask the service's operator to check its base URLs.";

    public static Failure OfNotSent(NotSentReason reason, DateTimeOffset now) => reason switch
    {
        NotSentReason.HostNotAllowed =>
            new(FailureClass.ServiceConfiguration, null, $"The host is not an allowed Salesforce host, so nothing was sent: {AskOperator}", now),
        NotSentReason.AddressNotPublic =>
            new(FailureClass.ServiceConfiguration, null, $"The host name does not resolve to a public address, so nothing was sent: {AskOperator}", now),
        NotSentReason.ProxyRefused => new(
            FailureClass.Unavailable, null, "This service's proxy refused the connection, so nothing was sent: its operator must check Salesforce:Proxy.", now),
        NotSentReason.TooLate => new(
            FailureClass.Unavailable, null, "Connecting to Salesforce took too long, so nothing was sent; try again in a few minutes.", now),
        NotSentReason.NotConfigured => new(
            FailureClass.ServiceConfiguration, null,
            "This service has no connected app: its operator must set Salesforce:ClientId and Salesforce:ClientSecret.", now),
        _ => new(
            FailureClass.Unavailable, null, "Salesforce could not be reached: check the My Domain and the service's internet access, and try again.", now),
    };

    /// <summary>The failure for a status that means the request was not processed; null for any other status.</summary>
    public static Failure? OfDeclined(int status, DateTimeOffset now) => status switch
    {
        420 or 429 => new(FailureClass.Throttled, null, ExceptionCodes.ThrottledAdvice, now),
        503 => new(FailureClass.Unavailable, null, ExceptionCodes.UnavailableAdvice, now),
        >= 300 and < 400 =>
            new(FailureClass.ServiceConfiguration, null, $"The host answered with a redirect, which is never followed: {LookAtBaseUrl}", now),
        404 or 410 => new(FailureClass.ServiceConfiguration, null, $"The host does not offer Salesforce's API: {LookAtBaseUrl}", now),
        >= 400 and < 500 => new(
            FailureClass.Unavailable, null, $"The host declined the request with HTTP status {status}; try again in a few minutes.", now),
        _ => null,
    };
}
