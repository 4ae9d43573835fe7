namespace GrpcCreds.SalesforceSimulator;

/// <summary>The outcome of an authorization request.</summary>
public enum Decision
{
    /// <summary>A page asks the user.</summary>
    Ask,

    /// <summary>Redirect to the callback with a code.</summary>
    Approve,

    /// <summary>Redirect to the callback with an error.</summary>
    Refuse,

    /// <summary>An error page at Salesforce without a way back.</summary>
    DeadEnd,

    /// <summary>The error as plain text in the response.</summary>
    RawError,
}

/// <summary>The decision on an authorization request, made by the user or by Salesforce.</summary>
public sealed record Consent
{
    public Decision Decision { get; init; }

    /// <summary>The user that approves. Null: the user of <c>login_hint</c> if it exists, otherwise the first user.</summary>
    public string? Username { get; init; }

    /// <summary>The error code; used by every decision except an approval.</summary>
    public string Error { get; init; } = "access_denied";

    public string ErrorDescription { get; init; } = "end-user denied authorization";

    public static Consent Ask { get; } = new();

    public static Consent Deny { get; } = new() { Decision = Decision.Refuse };

    public static Consent Approve(string? username = null) => new() { Decision = Decision.Approve, Username = username };

    /// <summary>Any error at the callback, such as <c>server_error</c> or <c>inactive_org</c>.</summary>
    public static Consent Refuse(string error, string errorDescription) =>
        new() { Decision = Decision.Refuse, Error = error, ErrorDescription = errorDescription };

    public static Consent DeadEnd(
        string error = "OAUTH_APPROVAL_ERROR_GENERIC", string errorDescription = "An unexpected error has occurred during authentication.") =>
        new() { Decision = Decision.DeadEnd, Error = error, ErrorDescription = errorDescription };

    public static Consent RawError(string error, string errorDescription) =>
        new() { Decision = Decision.RawError, Error = error, ErrorDescription = errorDescription };
}
