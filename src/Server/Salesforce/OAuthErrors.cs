using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// What the errors of Salesforce's OAuth endpoints mean for a tenant's administrator, and for the code or token that was presented. The word
/// counts first, then parts of the description; what is not known here keeps the token.
/// </summary>
internal static class OAuthErrors
{
    public const string InvalidToken = "invalid_token";

    private const string BusyAdvice = "Salesforce is still working on an earlier request with this token; try again in some minutes.";

    private const string InstallAdvice =
        "The org does not admit the connected app: its Salesforce administrator has to install it, or to give the user Approve Uninstalled Connected Apps.";

    private const string ApproveAdvice =
        "The org does not let this user use the connected app: its Salesforce administrator has to unblock it and to approve it for the user's profile "
        + "or permission set.";

    private const string LoginPolicyAdvice =
        "Salesforce does not let this user in from here or now: look at the login IP ranges, the login hours and the user's login history in Salesforce.";

    private const string ClientAdvice =
        "Salesforce does not know this service's connected app, or not its secret: the service's operator has to look at Salesforce:ClientId and its secret. "
        + "A new app needs 10 minutes.";

    private const string AppAdvice =
        "The connected app is not set up for this service: its operator has to compare callback URL, scopes (api, refresh_token, id) and allowed flows "
        + "with the service's settings.";

    private const string UnknownAdvice =
        "Salesforce declined, for a reason new to this service: look at the user's login history in Salesforce with the org's administrator.";

    private static readonly HashSet<string> KnownWords = new(StringComparer.Ordinal)
    {
        "access_denied", "app_blocked", "immediate_unsuccessful", "inactive_org", "inactive_user", "invalid_app_access", "invalid_client", "invalid_client_id",
        "invalid_grant", "invalid_request", "invalid_scope", InvalidToken, "oauth_flow_disabled", "rate_limit_exceeded", "redirect_uri_mismatch",
        "redirect_uri_missing", "server_error", "service_unavailable", "slow_down", "system_down", "temporarily_unavailable", "unauthorized_client",
        "unsupported_grant_type", "unsupported_response_type", "unsupported_token_type",
    };

    /// <summary>The word if it is one of Salesforce's; anything else is not ours to show or to log.</summary>
    public static string? Known(string error) => Word(error) is var word && KnownWords.Contains(word) ? word : null;

    /// <summary>An error that came in a browser, by way of the callback. Whoever has the browser may have written it.</summary>
    public static Failure OfCallback(string error, string? description, DateTimeOffset now)
    {
        var (failureClass, advice) = Word(error) switch
        {
            "access_denied" => (FailureClass.NeedsSetup, SetupAdvice.Refused),
            "inactive_user" or "inactive_org" => NotPermitted("Salesforce says that the user or the org is inactive: activate it in Salesforce, or save other ids here."),
            "immediate_unsuccessful" => Configuration(AppAdvice),
            var word => Meaning(word, Text(description)),
        };
        return new(failureClass, Known(error), advice, now);
    }

    /// <summary>A clear answer to a code or refresh token, and what it means for that.</summary>
    public static (Failure Failure, GrantFate Fate) OfGrant(OAuthError error, DateTimeOffset now)
    {
        var (word, text) = (Word(error.Error), Text(error.Description));
        var failure = Of(error, now);
        return !failure.IsUndecided && EndOf(word, text) is { } advice
            ? (failure with { Class = FailureClass.NeedsSetup, Advice = advice }, GrantFate.Dead)
            : (failure, GrantFate.Kept);
    }

    /// <summary>A clear answer of any endpoint.</summary>
    public static Failure Of(OAuthError error, DateTimeOffset now)
    {
        var (failureClass, advice) = Meaning(Word(error.Error), Text(error.Description));
        return new(failureClass, Known(error.Error), advice, now);
    }

    // Why what was presented is good for nothing any more, or null if it may be good.
    private static string? EndOf(string word, string text) => (word, text) switch
    {
        ("inactive_user" or "inactive_org", _) => SetupAdvice.Inactive,
        ("invalid_grant" or "invalid_request", _) when Has(text, "code verifier") => SetupAdvice.OtherSetup,
        ("invalid_grant", _) when Has(text, "inactive user") || Has(text, "inactive org") => SetupAdvice.Inactive,
        ("invalid_grant", _) when Has(text, "authorization code") => SetupAdvice.CodeEnded,
        ("invalid_grant", _) when Has(text, "revoked") || (Has(text, "expired") && Has(text, "token")) => SetupAdvice.Ended,
        _ => null,
    };

    private static (FailureClass Class, string Advice) Meaning(string word, string text) => word switch
    {
        _ when Has(text, "already being processed") => (FailureClass.Unavailable, BusyAdvice),
        _ when word is "rate_limit_exceeded" or "slow_down" || Has(text, "rate exceeded") || Has(text, "rate limit") =>
            (FailureClass.Throttled, ExceptionCodes.ThrottledAdvice),
        "server_error" or "service_unavailable" or "system_down" or "temporarily_unavailable" => (FailureClass.Unavailable, ExceptionCodes.UnavailableAdvice),
        _ when Has(text, "app must be installed") => NotPermitted(InstallAdvice),
        "invalid_app_access" or "app_blocked" or "access_denied" => NotPermitted(ApproveAdvice),
        "invalid_grant" when Has(text, "approved") => NotPermitted(ApproveAdvice),
        "invalid_grant" => NotPermitted(LoginPolicyAdvice),
        "invalid_client_id" or "invalid_client" => Configuration(ClientAdvice),
        "redirect_uri_mismatch" or "redirect_uri_missing" or "invalid_request" or "invalid_scope" or "unauthorized_client" or "oauth_flow_disabled"
            or "unsupported_grant_type" or "unsupported_response_type" or "unsupported_token_type" => Configuration(AppAdvice),
        _ => NotPermitted(UnknownAdvice),
    };

    // Salesforce's help page writes some words with a hyphen.
    private static string Word(string error) => error.Replace('-', '_');

    private static string Text(string? description) => description?.ToLowerInvariant() ?? "";

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    private static (FailureClass Class, string Advice) NotPermitted(string advice) => (FailureClass.NotPermitted, advice);

    private static (FailureClass Class, string Advice) Configuration(string advice) => (FailureClass.ServiceConfiguration, advice);
}
