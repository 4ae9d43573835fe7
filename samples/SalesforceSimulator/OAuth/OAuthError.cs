namespace GrpcCreds.SalesforceSimulator;

/// <summary>An OAuth error in each of Salesforce's formats.</summary>
internal static class OAuthError
{
    /// <summary>The format of the token and introspection endpoints.</summary>
    public static Answer Json(string error, string errorDescription, int status = 400) =>
        Answer.Json(status, new { error, error_description = errorDescription }) with { Error = $"{error}: {errorDescription}" };

    /// <summary>The format of the revocation endpoint, and of plain text from the authorization endpoint.</summary>
    public static Answer Form(string error, string errorDescription, int status = 400) =>
        new Answer(status, "application/x-www-form-urlencoded;charset=UTF-8", Encode(error, errorDescription)) with { Error = $"{error}: {errorDescription}" };

    public static string Encode(string error, string errorDescription) =>
        $"error={Uri.EscapeDataString(error)}&error_description={Uri.EscapeDataString(errorDescription).Replace("%20", "+", StringComparison.Ordinal)}";

    public static Answer DeadGrant { get; } = Json("invalid_grant", "expired access/refresh token");
}
