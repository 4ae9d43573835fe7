namespace GrpcCreds.SalesforceSimulator;

/// <summary>What comes of an authorization request.</summary>
public enum Decision
{
    /// <summary>A page asks whoever looks at it.</summary>
    Ask,

    /// <summary>Back to the callback with a code.</summary>
    Approve,

    /// <summary>Back to the callback with an error.</summary>
    Refuse,

    /// <summary>An error page on Salesforce, from which no way leads back.</summary>
    DeadEnd,

    /// <summary>The error as the bare text of the answer.</summary>
    RawError,
}

/// <summary>The decision on an authorization request, made by the user or by Salesforce.</summary>
public sealed record Consent
{
    public Decision Decision { get; init; }

    /// <summary>Who approves. Null: <c>login_hint</c> if there is such a user, else the first one.</summary>
    public string? Username { get; init; }

    /// <summary>Of everything but an approval.</summary>
    public string Error { get; init; } = "access_denied";

    public string ErrorDescription { get; init; } = "end-user denied authorization";

    public static Consent Ask { get; } = new();

    public static Consent Deny { get; } = new() { Decision = Decision.Refuse };

    public static Consent Approve(string? username = null) => new() { Decision = Decision.Approve, Username = username };

    /// <summary>Any error of the callback, such as <c>server_error</c> or <c>inactive_org</c>.</summary>
    public static Consent Refuse(string error, string errorDescription) =>
        new() { Decision = Decision.Refuse, Error = error, ErrorDescription = errorDescription };

    public static Consent DeadEnd(
        string error = "OAUTH_APPROVAL_ERROR_GENERIC", string errorDescription = "An unexpected error has occurred during authentication.") =>
        new() { Decision = Decision.DeadEnd, Error = error, ErrorDescription = errorDescription };

    public static Consent RawError(string error, string errorDescription) =>
        new() { Decision = Decision.RawError, Error = error, ErrorDescription = errorDescription };
}
