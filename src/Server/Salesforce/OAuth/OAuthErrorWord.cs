namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>The error words of Salesforce's OAuth endpoints, in one spelling.</summary>
internal static class OAuthErrorWord
{
    public const string InvalidToken = "invalid_token";

    private const string Prefix = "oauth_";

    // Without the prefix that Salesforce's documentation gives to some. Words of flows that are not used here concern the operator.
    private static readonly HashSet<string> KnownWords = new(StringComparer.Ordinal)
    {
        "access_denied", "app_access_denied", "app_blocked", "app_not_found", "approval_error_generic", "authorization_blocked", "client_blocked",
        "client_blocked_retry", "ec_app_not_found", "ecapp_policy_not_found", "fail_close_app_blocked", "immediate_unsuccessful", "inactive_org",
        "inactive_user", "installation_error", "invalid_app_access", "invalid_client", "invalid_client_id", "invalid_distribution_state", "invalid_grant",
        "invalid_request", "invalid_scope", "invalid_session_level", InvalidToken, "login_error", "oauth_flow_disabled", "oauth_policy_not_found",
        "rate_limit_exceeded", "redirect_uri_mismatch", "redirect_uri_missing", "server_error", "service_unavailable", "slow_down", "system_down",
        "temporarily_unavailable", "unauthorized_client", "unknown_error", "unsupported_grant_type", "unsupported_response_type",
        "unsupported_token_type",
    };

    /// <summary>The word if it is one of Salesforce's, otherwise null: other texts must not be logged.</summary>
    public static string? Known(string error) => KnownWords.Contains(Of(error)) ? error.Replace('-', '_') : null;

    // Salesforce writes some words with hyphens, and some with a prefix and in capitals.
    public static string Of(string error)
    {
        var word = error.Replace('-', '_').ToLowerInvariant();
        return !KnownWords.Contains(word) && word.StartsWith(Prefix, StringComparison.Ordinal) ? word[Prefix.Length..] : word;
    }
}
