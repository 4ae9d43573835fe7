using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.Rest;

/// <summary>Evaluates the answers to the questions of a check.</summary>
/// <param name="byPassword">Whether a saved password made the session.</param>
/// <param name="sent">The secrets that were sent: an answer may quote them.</param>
/// <param name="now">The current time.</param>
internal sealed class DataAnswers(bool byPassword, IReadOnlyList<string> sent, DateTimeOffset now)
{
    private const string LateAdvice =
        "Salesforce did not send a complete answer in time, or a larger one than the service reads; test again, and ask the service's operator if it persists.";

    private const string EndedAdvice = "The session ended during the test; test again.";

    public DataAnswer Of(CallResult result) => result switch
    {
        CallResult.Answered answered => Of(answered.Status, JsonAnswers.Parse(answered.Body)),
        CallResult.NotSent notSent => new DataAnswer.Unusable(TransportFailures.OfNotSent(notSent.Reason, now)),
        _ => Unusable(FailureClass.Unavailable, null, LateAdvice),
    };

    /// <summary>Evaluates one answer, of a request or of a part of a composite request. Null if its body is not JSON.</summary>
    public DataAnswer Of(int status, JsonElement? body)
    {
        if (status == 200 && body is { ValueKind: JsonValueKind.Object } found && found.Text("errorCode") is null)
            return new DataAnswer.Found(found);
        if (Code(body) is not { } code)
            return Strange(status);
        var failure = ExceptionCodes.OfApi(code, byPassword, now).WithoutEcho(sent);
        return (status, code) switch
        {
            (401, _) => Unusable(FailureClass.Unavailable, failure.SalesforceCode, EndedAdvice),
            (420 or 429, _) => Unusable(FailureClass.Throttled, failure.SalesforceCode, ExceptionCodes.ThrottledAdvice),
            (>= 500, _) => Unusable(FailureClass.Unavailable, failure.SalesforceCode, ExceptionCodes.UnavailableAdvice),
            (_, "API_DISABLED_FOR_ORG" or "API_CURRENTLY_DISABLED" or "URL_NOT_RESET" or ExceptionCodes.ExpiredPassword) => new DataAnswer.Unusable(failure),
            _ when failure.IsUndecided => new DataAnswer.Unusable(failure),
            (400 or 403 or 404 or 410, _) => new DataAnswer.Hidden(failure.SalesforceCode),
            _ => Strange(status),
        };
    }

    /// <summary>An answer that is not of Salesforce's API, or of another form than expected: a page of HTML, a redirect, other JSON.</summary>
    public DataAnswer.Unusable Strange(int status) => TransportFailures.OfDeclined(status, now) is { Class: FailureClass.Throttled } throttled
        ? new(throttled)
        : Unusable(
            FailureClass.Unavailable,
            null,
            $"Salesforce answered with HTTP status {status}, but not in the form that this check expects; "
            + "test again, and report it to the service's operator if it persists.");

    /// <summary>The refusal of a request that asks several questions.</summary>
    public DataAnswer.Unusable Closed(string? code) => Unusable(
        FailureClass.NotPermitted,
        code,
        "Salesforce refuses this user's composite requests to the REST API: ask the org's administrator which policy forbids them, and allow them.");

    private DataAnswer.Unusable Unusable(FailureClass failureClass, string? code, string advice) => new(new(failureClass, code, advice, now));

    // Errors are an array of objects, or one object.
    private static string? Code(JsonElement? body)
    {
        if (body is not { } root)
            return null;
        var error = root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0 ? root[0] : root;
        return error.ValueKind == JsonValueKind.Object ? error.Text("errorCode") : null;
    }
}
