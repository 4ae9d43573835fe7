using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>Failures that no code of Salesforce explains, and which are certain all the same: nothing was processed.</summary>
internal static class TransportFailures
{
    private const string AskOperator = "correct the My Domain, or ask the service's operator to allow the host.";

    private const string LookAtBaseUrl = "correct the My Domain, or ask the service's operator to look at its base URLs.";

    public static Failure OfNotSent(NotSentReason reason, DateTimeOffset now) => reason switch
    {
        NotSentReason.HostNotAllowed =>
            new(FailureClass.ServiceConfiguration, null, $"The host is not one of Salesforce's, so nothing was sent: {AskOperator}", now),
        NotSentReason.AddressNotPublic =>
            new(FailureClass.ServiceConfiguration, null, $"The host's name leads to no public address, so nothing was sent: {AskOperator}", now),
        NotSentReason.ProxyRefused => new(
            FailureClass.Unavailable, null, "This service's proxy did not let the call through, so nothing was sent: its operator has to look at Salesforce:Proxy.", now),
        NotSentReason.TooLate => new(FailureClass.Unavailable, null, "Connecting to Salesforce took too long, so nothing was sent; try again in some minutes.", now),
        NotSentReason.NotConfigured => new(
            FailureClass.ServiceConfiguration, null, "This service has no connected app: its operator has to set Salesforce:ClientId and Salesforce:ClientSecret.", now),
        _ => new(FailureClass.Unavailable, null, "Salesforce could not be reached: check the My Domain and the service's way to the internet, and try again.", now),
    };

    /// <summary>What a status means that says the request was not processed, or null if it does not say so.</summary>
    public static Failure? OfDeclined(int status, DateTimeOffset now) => status switch
    {
        420 or 429 => new(FailureClass.Throttled, null, ExceptionCodes.ThrottledAdvice, now),
        503 => new(FailureClass.Unavailable, null, ExceptionCodes.UnavailableAdvice, now),
        >= 300 and < 400 =>
            new(FailureClass.ServiceConfiguration, null, $"The host answered with a redirect, which is never followed: {LookAtBaseUrl}", now),
        404 or 410 => new(FailureClass.ServiceConfiguration, null, $"The host does not know Salesforce's API: {LookAtBaseUrl}", now),
        >= 400 and < 500 => new(FailureClass.Unavailable, null, $"The host declined the request with HTTP status {status}; try again in some minutes.", now),
        _ => null,
    };
}
