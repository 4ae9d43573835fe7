namespace GrpcCreds.SalesforceSimulator;

/// <summary>Errors of the data endpoints: always a JSON array, unlike Salesforce's other endpoints.</summary>
internal static class RestError
{
    public static Answer SessionInvalid { get; } = Of(401, "INVALID_SESSION_ID", "Session expired or invalid");

    public static Answer NotFound { get; } = Of(404, "NOT_FOUND", "The requested resource does not exist");

    public static Answer Of(int status, string errorCode, string message) => Answer.Json(status, new[] { new { message, errorCode } });
}
