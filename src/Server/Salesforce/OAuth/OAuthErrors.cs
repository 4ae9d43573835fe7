using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>
/// What the errors of Salesforce's OAuth endpoints mean for a tenant's administrator, and for the code or token that was presented. The error word
/// counts first, then parts of the description. An unknown error keeps the token.
/// </summary>
internal static class OAuthErrors
{
    private const string BusyAdvice = "Salesforce is still working on an earlier request with this token; try again in a few minutes.";

    private const string InstallAdvice =
        "The connected app is not installed in this org: its Salesforce administrator has to install it (Setup, Connected Apps OAuth Usage), or give the "
        + "user the permission Approve Uninstalled Connected Apps. If it is installed there, save the org's my_domain.";

    private const string BlockedAdvice =
        "The org blocks the connected app: its Salesforce administrator has to unblock or install it (Setup, Connected Apps OAuth Usage), or give the user "
        + "the permission Approve Uninstalled Connected Apps.";

    private const string ApproveAdvice =
        "The org does not let this user use the connected app: its Salesforce administrator has to approve it for the user's profile or permission set, "
        + "or let all users authorize it themselves (Permitted Users).";

    private const string NotSaidAdvice =
        "Salesforce did not let the user approve the connected app, and does not say why: its Salesforce administrator has to check whether the app "
        + "is installed and not blocked (Setup, Connected Apps OAuth Usage), and whether this user may approve it (Permitted Users, Approve Uninstalled "
        + "Connected Apps).";

    private const string OtherOrgAdvice =
        "The external client app may be used only in the org in which it was made: sign in to the right org, or ask the service's operator to distribute the "
        + "app as a package and install it in this org.";

    private const string SessionLevelAdvice =
        "The org requires a stronger sign-in (multi-factor, high assurance) for the connected app: check the app's and the profile's session policies "
        + "in Salesforce.";

    private const string LoginPolicyAdvice =
        "Salesforce does not let this user log in from this service's address or at this time: check the login IP ranges, the login hours and the "
        + "user's login history in Salesforce.";

    private const string ClientAdvice =
        "Salesforce does not accept this service's connected app or its secret: the service's operator has to check Salesforce:ClientId and its secret. "
        + "A new app takes 10 minutes to become usable.";

    private const string AppAdvice =
        "The connected app is not set up for this service: its operator has to compare its callback URL, scopes (api, refresh_token, id) and allowed flows "
        + "with the service's settings.";

    private const string UnknownAdvice =
        "Salesforce refused, for a reason that is new to this service: look up its code (salesforce_code in the status) and check the user's login history "
        + "in Salesforce, with the org's administrator.";

    /// <summary>An error that arrived through the browser, at the callback. The user of the browser may have forged it.</summary>
    /// <param name="error">Salesforce's error word.</param>
    /// <param name="description">Its description, which is examined but never shown.</param>
    /// <param name="sent">The secrets that the browser was sent with, which must not be shown.</param>
    /// <param name="now">The current time.</param>
    public static Failure OfCallback(string error, string? description, IEnumerable<string> sent, DateTimeOffset now)
    {
        var (failureClass, advice) = OAuthErrorWord.Of(error) switch
        {
            "access_denied" when !Has(Text(description), " app") => (FailureClass.NeedsSetup, SetupAdvice.Refused),
            "immediate_unsuccessful" => Configuration(AppAdvice),
            var word => Meaning(word, Text(description)),
        };
        return new Failure(failureClass, Shown(error), advice, now).WithoutEcho(sent);
    }

    /// <summary>Interprets a clear error in answer to a code or refresh token, and decides the fate of that code or token.</summary>
    public static (Failure Failure, GrantFate Fate) OfGrant(OAuthError error, DateTimeOffset now)
    {
        var (word, text) = (OAuthErrorWord.Of(error.Error), Text(error.Description));
        var failure = Of(error, now);
        return !failure.IsUndecided && EndOf(word, text) is { } advice
            ? (failure with { Class = FailureClass.NeedsSetup, Advice = advice }, GrantFate.Dead)
            : (failure, GrantFate.Kept);
    }

    /// <summary>Interprets a clear error of any endpoint.</summary>
    public static Failure Of(OAuthError error, DateTimeOffset now)
    {
        var (failureClass, advice) = Meaning(OAuthErrorWord.Of(error.Error), Text(error.Description));
        return new(failureClass, Shown(error.Error), advice, now);
    }

    // Why the presented code or token is no longer usable, or null if it may still be.
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
        _ when word is "server_error" or "service_unavailable" or "system_down" or "temporarily_unavailable" or "unknown_error" or "client_blocked_retry"
            || Has(text, "retry your request") => (FailureClass.Unavailable, ExceptionCodes.UnavailableAdvice),
        _ when word is "invalid_distribution_state" || Has(text, "cross-org") => NotPermitted(OtherOrgAdvice),
        _ when word is "app_not_found" or "ec_app_not_found" or "ecapp_policy_not_found" or "oauth_policy_not_found" or "installation_error"
            || Has(text, "must be installed") || Has(text, "not installed") => NotPermitted(InstallAdvice),
        _ when word is "app_blocked" or "authorization_blocked" or "client_blocked" or "fail_close_app_blocked" || Has(text, "app is blocked") =>
            NotPermitted(BlockedAdvice),
        _ when word is "invalid_app_access" or "app_access_denied" or "access_denied" || Has(text, "admin approved") => NotPermitted(ApproveAdvice),
        "inactive_user" or "inactive_org" =>
            NotPermitted("Salesforce reports that the user or the org is inactive: activate it in Salesforce, or save other ids here."),
        "approval_error_generic" => NotPermitted(NotSaidAdvice),
        "invalid_session_level" => NotPermitted(SessionLevelAdvice),
        "invalid_grant" when Has(text, "approved") => NotPermitted(ApproveAdvice),
        "invalid_grant" or "login_error" => NotPermitted(LoginPolicyAdvice),
        "invalid_client_id" or "invalid_client" => Configuration(ClientAdvice),
        "redirect_uri_mismatch" or "redirect_uri_missing" or "invalid_request" or "invalid_scope" or "unauthorized_client" or "oauth_flow_disabled"
            or "unsupported_grant_type" or "unsupported_response_type" or "unsupported_token_type" => Configuration(AppAdvice),
        _ => NotPermitted(UnknownAdvice),
    };

    // An unknown word is shown if it has the form of a code, because an administrator has to look it up.
    private static string? Shown(string error) => OAuthErrorWord.Known(error) ?? ShownCode.OfForm(error);

    private static string Text(string? description) => description?.ToLowerInvariant() ?? "";

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);

    private static (FailureClass Class, string Advice) NotPermitted(string advice) => (FailureClass.NotPermitted, advice);

    private static (FailureClass Class, string Advice) Configuration(string advice) => (FailureClass.ServiceConfiguration, advice);
}
