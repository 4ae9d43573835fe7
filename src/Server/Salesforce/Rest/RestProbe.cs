using System.Net.Http.Headers;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>
/// One authenticated GET that changes nothing, and the evaluation of its answer. Not <c>/services/data/</c>, which needs no authentication.
/// </summary>
internal static class RestProbe
{
    public const string Version = "64.0";

    private const string Path = $"/services/data/v{Version}";

    /// <summary>Common to both variants of Salesforce's message: "…with the API", "…with the REST API".</summary>
    private const string PolicyText = "This session is not valid for use with the";

    private const string PolicyAdvice =
        "Salesforce does not let this session use the API from here: check the org's session settings, the login IP ranges and the user's API permissions.";

    private const string EndedAdvice = "Salesforce reports that the session has ended; test again to get a new one.";

    /// <summary>The code of a host that is no longer the org's.</summary>
    private const string UrlNotReset = "URL_NOT_RESET";

    private const string MovedAdvice = "the org may have moved; a new session shows where to. Test again in a few minutes.";

    private const string VersionAdvice =
        $"The org does not support version {Version} of the REST API: ask the service's operator to update the service.";

    public static HttpRequestMessage Request(SalesforceSession session) => Get(session, Path);

    /// <summary>Creates a GET request to the session's instance.</summary>
    public static HttpRequestMessage Get(SalesforceSession session, string path) => new(HttpMethod.Get, new Uri(new Uri(session.InstanceUrl), path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", session.AccessToken.Reveal()), Accept = { new("application/json") } },
    };

    /// <param name="result">The result of the call.</param>
    /// <param name="byPassword">Whether a saved password made the session: what an administrator can do differs.</param>
    /// <param name="now">The current time.</param>
    public static SessionCheck Of(CallResult result, bool byPassword, DateTimeOffset now) => result switch
    {
        CallResult.Answered answered => Of(answered.Status, Parse(answered.Body), byPassword, now),
        // All hosts are behind the same proxy: this answer says nothing about this host.
        CallResult.NotSent { Reason: NotSentReason.ProxyRefused } refused => new(Liveness.Unclear, TransportFailures.OfNotSent(refused.Reason, now)),
        CallResult.NotSent notSent => new(Liveness.HostLost, OfNotSent(notSent.Reason, now)),
        _ => new(
            Liveness.HostLost,
            new(FailureClass.Unavailable, null, $"The org's host did not send a complete answer in time; if this persists, {MovedAdvice}", now)),
    };

    /// <summary>Evaluates an answer that did not come from Salesforce's API.</summary>
    public static SessionCheck NoSalesforce(int status, DateTimeOffset now) => (status, TransportFailures.OfDeclined(status, now)) switch
    {
        // The host is there but busy; a new session would meet the same.
        (420 or 429, { } later) => new(Liveness.Unclear, later),
        var (_, declined) => new(
            Liveness.HostLost,
            new(
                declined?.Class ?? FailureClass.Unavailable,
                null,
                $"The org's host answered with HTTP status {status}, but not as Salesforce does: {MovedAdvice}",
                now)),
    };

    private static SessionCheck Of(int status, RestAnswer answer, bool byPassword, DateTimeOffset now) => (status, answer.Code) switch
    {
        (200, null) when answer.IsObject => new(Liveness.Alive, null),
        // The same code and status as for an expired session, but caused by a policy: a new session does not help.
        (401, "INVALID_SESSION_ID") when answer.IsPolicy => new(Liveness.Alive, new(FailureClass.NotPermitted, answer.Code, PolicyAdvice, now)),
        (401, "INVALID_SESSION_ID") => new(Liveness.Dead, new(FailureClass.Unavailable, answer.Code, EndedAdvice, now)),
        (404 or 410, "NOT_FOUND" or "UNSUPPORTED_API_VERSION") =>
            new(Liveness.Unclear, new(FailureClass.ServiceConfiguration, answer.Code, VersionAdvice, now), VersionRefused: true),
        (403, "REQUEST_LIMIT_EXCEEDED" or "API_DISABLED_FOR_ORG" or "API_CURRENTLY_DISABLED") =>
            new(Liveness.Alive, ExceptionCodes.OfApi(answer.Code, byPassword, now)),
        (420 or 429, { } code) => new(Liveness.Unclear, new(FailureClass.Throttled, ExceptionCodes.Shown(code), ExceptionCodes.ThrottledAdvice, now)),
        (_, UrlNotReset) => new(Liveness.HostLost, ExceptionCodes.OfApi(UrlNotReset, byPassword, now)),
        (>= 500, { } code) => new(Liveness.Unclear, new(FailureClass.Unavailable, ExceptionCodes.Shown(code), ExceptionCodes.UnavailableAdvice, now)),
        (_, { } code) => new(Liveness.Unclear, ExceptionCodes.OfApi(code, byPassword, now)),
        _ => NoSalesforce(status, now),
    };

    private static Failure OfNotSent(NotSentReason reason, DateTimeOffset now) => TransportFailures.OfNotSent(reason, now) with
    {
        Advice = reason switch
        {
            NotSentReason.HostNotAllowed => $"The org's host is not one that this service may call, so nothing was sent: {MovedAdvice}",
            NotSentReason.AddressNotPublic => $"The name of the org's host does not resolve to a public address, so nothing was sent: {MovedAdvice}",
            _ => $"The org's host could not be reached: the service's internet access is interrupted, or {MovedAdvice}",
        },
    };

    // Errors are an array of objects here and one object elsewhere; HTML pages and truncated texts are neither.
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
