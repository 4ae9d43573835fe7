using System.Net.Http.Headers;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// One authenticated GET that changes nothing, and what its answer says. Not <c>/services/data/</c>: that answers everybody.
/// </summary>
internal static class RestProbe
{
    public const string Version = "64.0";

    private const string Path = $"/services/data/v{Version}";

    /// <summary>Common to both forms in which Salesforce says it: "…with the API", "…with the REST API".</summary>
    private const string PolicyText = "This session is not valid for use with the";

    private const string PolicyAdvice =
        "Salesforce does not let this session use the API from here: look at the org's session settings, the login IP ranges and the user's API permissions.";

    private const string EndedAdvice = "Salesforce says that the session has ended; test again for a new one.";

    /// <summary>The code of a host that is no longer the org's.</summary>
    private const string UrlNotReset = "URL_NOT_RESET";

    private const string MovedAdvice = "the org may have moved, and a new session tells where to. Test again in some minutes.";

    private const string VersionAdvice = $"The org does not serve version {Version} of the REST API: ask the service's operator for an update of the service.";

    public static HttpRequestMessage Request(SalesforceSession session) => Get(session, Path);

    /// <summary>A GET of the session's instance.</summary>
    public static HttpRequestMessage Get(SalesforceSession session, string path) => new(HttpMethod.Get, new Uri(new Uri(session.InstanceUrl), path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken.Reveal()), Accept = { new("application/json") } },
    };

    /// <param name="result">What came of the call.</param>
    /// <param name="mode">Whose session it is: what an administrator can do differs.</param>
    /// <param name="now">The present.</param>
    public static SessionCheck Of(CallResult result, Mode mode, DateTimeOffset now) => result switch
    {
        CallResult.Answered answered => Of(answered.Status, Parse(answered.Body), mode, now),
        // The proxy stands before every host: it says nothing about this one.
        CallResult.NotSent { Reason: NotSentReason.ProxyRefused } refused => new(Liveness.Unclear, TransportFailures.OfNotSent(refused.Reason, now)),
        CallResult.NotSent notSent => new(Liveness.HostLost, OfNotSent(notSent.Reason, now)),
        _ => new(Liveness.HostLost, new(FailureClass.Unavailable, null, $"The org's host gave no whole answer in time; if that stays, {MovedAdvice}", now)),
    };

    /// <summary>What an answer says that is none of Salesforce's API.</summary>
    public static SessionCheck NoSalesforce(int status, DateTimeOffset now) => (status, TransportFailures.OfDeclined(status, now)) switch
    {
        // It is there, and busy: so would be a new session.
        (420 or 429, { } later) => new(Liveness.Unclear, later),
        var (_, declined) => new(
            Liveness.HostLost,
            new(declined?.Class ?? FailureClass.Unavailable, null, $"The org's host answered with HTTP status {status}, and not as Salesforce does: {MovedAdvice}", now)),
    };

    private static SessionCheck Of(int status, RestAnswer answer, Mode mode, DateTimeOffset now) => (status, answer.Code) switch
    {
        (200, null) when answer.IsObject => new(Liveness.Alive, null),
        // The same code and status as an expired session, but a matter of policy: no new session cures it.
        (401, "INVALID_SESSION_ID") when answer.IsPolicy => new(Liveness.Alive, new(FailureClass.NotPermitted, answer.Code, PolicyAdvice, now)),
        (401, "INVALID_SESSION_ID") => new(Liveness.Dead, new(FailureClass.Unavailable, answer.Code, EndedAdvice, now)),
        (404 or 410, "NOT_FOUND" or "UNSUPPORTED_API_VERSION") =>
            new(Liveness.Unclear, new(FailureClass.ServiceConfiguration, answer.Code, VersionAdvice, now), VersionRefused: true),
        (403, "REQUEST_LIMIT_EXCEEDED" or "API_DISABLED_FOR_ORG" or "API_CURRENTLY_DISABLED") =>
            new(Liveness.Alive, ExceptionCodes.OfApi(answer.Code, mode, now)),
        (420 or 429, { } code) => new(Liveness.Unclear, new(FailureClass.Throttled, ExceptionCodes.Shown(code), ExceptionCodes.ThrottledAdvice, now)),
        (_, UrlNotReset) => new(Liveness.HostLost, ExceptionCodes.OfApi(UrlNotReset, mode, now)),
        (>= 500, { } code) => new(Liveness.Unclear, new(FailureClass.Unavailable, ExceptionCodes.Shown(code), ExceptionCodes.UnavailableAdvice, now)),
        (_, { } code) => new(Liveness.Unclear, ExceptionCodes.OfApi(code, mode, now)),
        _ => NoSalesforce(status, now),
    };

    private static Failure OfNotSent(NotSentReason reason, DateTimeOffset now) => TransportFailures.OfNotSent(reason, now) with
    {
        Advice = reason switch
        {
            NotSentReason.HostNotAllowed => $"The org's host is not one this service may speak to, so nothing was sent: {MovedAdvice}",
            NotSentReason.AddressNotPublic => $"The name of the org's host leads to no public address, so nothing was sent: {MovedAdvice}",
            _ => $"The org's host could not be reached: the service's way to the internet is interrupted, or {MovedAdvice}",
        },
    };

    // Errors are an array of objects here and one object elsewhere; pages and cut off texts are neither.
    private static RestAnswer Parse(byte[] body)
    {
        if (JsonAnswers.Parse(body) is not { } root)
            return default;
        var error = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 ? root[0] : root;
        if (error.ValueKind != JsonValueKind.Object)
            return default;
        var isPolicy = error.Text("message")?.Contains(PolicyText, StringComparison.Ordinal) == true;
        return new(root.ValueKind == JsonValueKind.Object, error.Text("errorCode"), isPolicy);
    }

    private readonly record struct RestAnswer(bool IsObject, string? Code, bool IsPolicy);
}
