using System.Text;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.OAuth;

public sealed class OAuthErrorsTests
{
    [Theory]
    [InlineData("invalid_grant", "expired access/refresh token", "NeedsSetup", true)]
    [InlineData("invalid_grant", "Expired Access/Refresh Token", "NeedsSetup", true)]
    [InlineData("invalid_grant", "token has been revoked", "NeedsSetup", true)]
    [InlineData("invalid_grant", "inactive user", "NeedsSetup", true)]
    [InlineData("inactive_user", "user is inactive", "NeedsSetup", true)]
    [InlineData("inactive_org", null, "NeedsSetup", true)]
    [InlineData("invalid_grant", "expired authorization code", "NeedsSetup", true)]
    [InlineData("invalid_grant", "invalid code verifier", "NeedsSetup", true)]
    [InlineData("invalid_request", "invalid code verifier", "NeedsSetup", true)]
    [InlineData("invalid_grant", "missing required code verifier", "NeedsSetup", true)]
    [InlineData("invalid_grant", "authentication failure", "NotPermitted", false)]
    [InlineData("invalid_grant", "ip restricted", "NotPermitted", false)]
    [InlineData("invalid_grant", "ip restricted or invalid login hours", "NotPermitted", false)]
    [InlineData("invalid_grant", "user hasn't approved this consumer", "NotPermitted", false)]
    [InlineData("invalid_grant", "password expired", "NotPermitted", false)]
    [InlineData("invalid_grant", "something new, canary", "NotPermitted", false)]
    [InlineData("invalid_grant", null, "NotPermitted", false)]
    [InlineData("invalid_app_access", "user is not admin approved to access this app", "NotPermitted", false)]
    [InlineData("app_blocked", null, "NotPermitted", false)]
    [InlineData("invalid_client", "app must be installed into org", "NotPermitted", false)]
    [InlineData("invalid_client", "invalid client credentials", "ServiceConfiguration", false)]
    [InlineData("invalid_client_id", "client identifier invalid", "ServiceConfiguration", false)]
    [InlineData("unsupported_grant_type", "grant type not supported", "ServiceConfiguration", false)]
    [InlineData("redirect_uri_mismatch", "redirect_uri must match configuration", "ServiceConfiguration", false)]
    [InlineData("invalid_request", null, "ServiceConfiguration", false)]
    [InlineData("oauth_flow_disabled", null, "ServiceConfiguration", false)]
    [InlineData("invalid_grant", "token request is already being processed", "Unavailable", false)]
    [InlineData("invalid_grant", "expired token is already being processed", "Unavailable", false)]
    [InlineData("server_error", null, "Unavailable", false)]
    [InlineData("service_unavailable", null, "Unavailable", false)]
    [InlineData("system_down", null, "Unavailable", false)]
    [InlineData("rate_limit_exceeded", null, "Throttled", false)]
    [InlineData("slow_down", null, "Throttled", false)]
    [InlineData("invalid_grant", "login rate exceeded", "Throttled", false)]
    [InlineData("invalid_grant", "expired token: Login Rate Exceeded", "Throttled", false)]
    [InlineData("look at canary", "canary", "NotPermitted", false)]
    [InlineData("invalid_token", "expired access/refresh token", "NotPermitted", false)]
    public void An_answer_to_a_token_says_whether_it_lives(string error, string? description, string failureClass, bool dead)
    {
        var (failure, fate) = OAuthErrors.OfGrant(new(error, description), DateTimeOffset.UnixEpoch);
        Assert.Equal((failureClass, dead ? GrantFate.Dead : GrantFate.Kept), (failure.Class.ToString(), fate));
        IsOurs(failure, error);
    }

    [Theory]
    [InlineData("access_denied", "end-user denied authorization", "NeedsSetup")]
    [InlineData("access-denied", "end-user denied authorization", "NeedsSetup")]
    [InlineData("invalid_client_id", "client identifier invalid", "ServiceConfiguration")]
    [InlineData("invalid_client", "app must be installed into org", "NotPermitted")]
    [InlineData("redirect_uri_mismatch", "redirect_uri must match configuration", "ServiceConfiguration")]
    [InlineData("redirect_uri_missing", null, "ServiceConfiguration")]
    [InlineData("invalid_request", "missing required code challenge", "ServiceConfiguration")]
    [InlineData("invalid_scope", null, "ServiceConfiguration")]
    [InlineData("unsupported_response_type", null, "ServiceConfiguration")]
    [InlineData("invalid_grant", "ip restricted or invalid login hours", "NotPermitted")]
    [InlineData("inactive_user", null, "NotPermitted")]
    [InlineData("inactive_org", null, "NotPermitted")]
    [InlineData("invalid_app_access", null, "NotPermitted")]
    [InlineData("app_blocked", null, "NotPermitted")]
    [InlineData("oauth_flow_disabled", null, "ServiceConfiguration")]
    [InlineData("immediate_unsuccessful", null, "ServiceConfiguration")]
    [InlineData("rate_limit_exceeded", null, "Throttled")]
    [InlineData("slow_down", null, "Throttled")]
    [InlineData("server_error", null, "Unavailable")]
    [InlineData("service_unavailable", null, "Unavailable")]
    [InlineData("system_down", null, "Unavailable")]
    [InlineData("<script>canary</script>", "<script>canary</script>", "NotPermitted")]
    [InlineData("", "", "NotPermitted")]
    public void An_error_of_the_callback_has_a_class_and_an_advice_of_our_own(string error, string? description, string failureClass)
    {
        var failure = OAuthErrors.OfCallback(error, description, sent: [], DateTimeOffset.UnixEpoch);
        Assert.Equal(failureClass, failure.Class.ToString());
        IsOurs(failure, error);
    }

    public static TheoryData<string, string?, string, string> Words => new()
    {
        { "OAUTH_APP_BLOCKED", "this app is blocked by admin", "NotPermitted", "unblock or install" },
        { "oauth-app-blocked", null, "NotPermitted", "unblock or install" },
        { "APP_BLOCKED", null, "NotPermitted", "unblock or install" },
        { "fail_close_app_blocked", null, "NotPermitted", "unblock or install" },
        { "client_blocked", null, "NotPermitted", "unblock or install" },
        { "OAUTH_AUTHORIZATION_BLOCKED", null, "NotPermitted", "unblock or install" },
        { "OAUTH_AUTHORIZATION_BLOCKED", "Cross-org OAuth flows are not supported for this external client app",
            "NotPermitted", "only in the org in which it was made" },
        { "invalid_distribution_state", null, "NotPermitted", "only in the org in which it was made" },
        { "OAUTH_EC_APP_NOT_FOUND", "External client app is not installed in this org", "NotPermitted", "Approve Uninstalled Connected Apps" },
        { "app_not_found", null, "NotPermitted", "not installed in this org" },
        { "app-not-found", null, "NotPermitted", "not installed in this org" },
        { "invalid_client", "App Must Be Installed into org", "NotPermitted", "not installed in this org" },
        { "access_denied", "External client app is not installed in this org", "NotPermitted", "not installed in this org" },
        { "ecapp_policy_not_found", null, "NotPermitted", "not installed in this org" },
        { "oauth_policy_not_found", null, "NotPermitted", "not installed in this org" },
        { "installation_error", null, "NotPermitted", "not installed in this org" },
        { "OAUTH_APP_ACCESS_DENIED", null, "NotPermitted", "Permitted Users" },
        { "oauth_app_access_denied", "user is not admin approved to access this app", "NotPermitted", "Permitted Users" },
        { "access_denied", "user is not admin approved to access this app", "NotPermitted", "Permitted Users" },
        { "OAUTH_APPROVAL_ERROR_GENERIC", "An unexpected error has occurred during authentication. Please try again.", "NotPermitted", "does not say why" },
        { "oauth-approval-error-generic", null, "NotPermitted", "Approve Uninstalled Connected Apps" },
        { "invalid_session_level", null, "NotPermitted", "stronger sign-in" },
        { "login_error", null, "NotPermitted", "login history" },
        { "unknown_error", "retry your request", "Unavailable", "try again" },
        { "UNKNOWN-ERROR", null, "Unavailable", "try again" },
        { "something_new", "please Retry your request", "Unavailable", "try again" },
        { "client_blocked_retry", null, "Unavailable", "try again" },
        { "SERVER_ERROR", null, "Unavailable", "try again" },
        { "Slow-Down", null, "Throttled", "15 minutes" },
        { "OAUTH_INVALID_SCOPE", null, "ServiceConfiguration", "scopes" },
        { "BRAND_NEW_WORD", null, "NotPermitted", "look up its code" },
        { "brand-new-word", null, "NotPermitted", "look up its code" },
    };

    [Theory, MemberData(nameof(Words))]
    public void Every_word_of_Salesforce_has_its_advice_wherever_it_comes(string error, string? description, string failureClass, string advice)
    {
        var (ofGrant, fate) = OAuthErrors.OfGrant(new(error, description), DateTimeOffset.UnixEpoch);
        Assert.Equal(GrantFate.Kept, fate);
        foreach (var failure in new[] { OAuthErrors.OfCallback(error, description, sent: [], DateTimeOffset.UnixEpoch),
            ofGrant, OAuthErrors.Of(new(error, description), DateTimeOffset.UnixEpoch) })
        {
            Assert.Equal(failureClass, failure.Class.ToString());
            Assert.Contains(advice, failure.Advice, StringComparison.Ordinal);
            Assert.DoesNotContain("password", failure.Advice, StringComparison.OrdinalIgnoreCase);
            // A word that is known is shown in one way; one that is not, as it came.
            Assert.Equal(error.StartsWith("brand", StringComparison.Ordinal) ? error : error.Replace('-', '_'), failure.SalesforceCode);
        }
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("<b>word</b>")]
    [InlineData("w\u00f6rd")]
    [InlineData("line\nbreak")]
    [InlineData("nul\0")]
    [InlineData("ab")]
    [InlineData("https://evil.example/")]
    public void What_is_no_word_is_not_shown(string error) =>
        Assert.Null(OAuthErrors.OfCallback(error, null, sent: [], DateTimeOffset.UnixEpoch).SalesforceCode);

    [Fact]
    public void A_word_is_at_most_80_characters()
    {
        Assert.NotNull(OAuthErrors.Of(new(new string('w', 80), null), DateTimeOffset.UnixEpoch).SalesforceCode);
        Assert.Null(OAuthErrors.Of(new(new string('w', 81), null), DateTimeOffset.UnixEpoch).SalesforceCode);
    }

    [Theory]
    [InlineData("HUNTER2", "HUNTER2")]
    [InlineData("HUNTER2", "hunter2")]
    [InlineData("HUNTER2", "the hunter2 of old")]
    [InlineData("A_HUNTER2_B", "hunter2")]
    [InlineData("CORRECT_HORSE_BATTERY", "correct horse battery!")]
    [InlineData("horse-bat", "correcthorsebattery")]
    public void What_is_like_a_value_that_was_sent_is_not_shown(string code, string sent) =>
        Assert.Null(new Failure(FailureClass.NotPermitted, code, "", DateTimeOffset.UnixEpoch).WithoutEcho(["", "!?", sent]).SalesforceCode);

    [Fact]
    public void What_is_unlike_them_is() =>
        Assert.Equal("INVALID_LOGIN", new Failure(FailureClass.NotPermitted, "INVALID_LOGIN", "", DateTimeOffset.UnixEpoch)
            .WithoutEcho(["", "!?", "bob@acme.test"]).SalesforceCode);

    [Fact]
    public void An_error_prints_nothing_of_its_own() =>
        Assert.DoesNotContain("canary", new OAuthError("canary", "canary") + " " + new OAuthError("invalid_grant", "canary"), StringComparison.Ordinal);

    [Theory]
    [InlineData("p5LIIHBpRXQzu/0NUznRN10S6TQnCdl2UTsrj+JPC8E=", "1760000000000", true)]
    [InlineData("p5LIIHBpRXQzu/0NUznRN10S6TQnCdl2UTsrj+JPC8E=", "1760000000001", false)]
    [InlineData("P5LIIHBpRXQzu/0NUznRN10S6TQnCdl2UTsrj+JPC8E=", "1760000000000", false)]
    [InlineData("p5LIIHBpRXQzu/0NUznRN10S6TQnCdl2UTsrj+JPCw==", "1760000000000", false)]
    [InlineData("p5LIIHBpRXQzu/0NUznRN10S6TQnCdl2UTsrj+JPC8EAAAAA", "1760000000000", false)]
    [InlineData("no base64", "1760000000000", false)]
    [InlineData("", "1760000000000", false)]
    [InlineData(null, "1760000000000", false)]
    public void A_signature_is_of_id_and_time_under_the_secret(string? signature, string issuedAt, bool isGood)
    {
        var answer =
            Answer(new { access_token = "a", id = "https://login.salesforce.com/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", issued_at = issuedAt, signature });
        Assert.Equal(isGood, answer.IsSignedWith(new Secret("test-secret")));
        Assert.False(answer.IsSignedWith(new Secret("test-secret2")));
    }

    [Theory]
    [InlineData("https://login.salesforce.com/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", true)]
    [InlineData("https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P", true)]
    [InlineData("https://acme.my.site.com/portal/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", true)]
    [InlineData("https://login.salesforce.com/id/00dx0000000bv7z/005x00000012Q9P", false)]
    [InlineData("https://login.salesforce.com/id/005x00000012Q9PAAU/00Dx0000000BV7zEAG", false)]
    [InlineData("https://login.salesforce.com/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU/", false)]
    [InlineData("https://login.salesforce.com/00Dx0000000BV7zEAG/005x00000012Q9PAAU", false)]
    [InlineData("https://login.salesforce.com/?/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", false)]
    [InlineData("id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", false)]
    [InlineData("https://", false)]
    public void An_id_names_org_and_user_at_its_end(string id, bool isGood) =>
        Assert.Equal(isGood ? new SalesforceIdentity("00Dx0000000BV7zEAG", "005x00000012Q9PAAU") : null, Answer(new { access_token = "a", id }).Identity);

    [Fact]
    public void A_token_answer_prints_no_secret() =>
        Assert.DoesNotContain("canary", Answer(new { access_token = "canary", refresh_token = "canary" }).ToString(), StringComparison.Ordinal);

    private static TokenAnswer Answer(object body) => TokenAnswer.Parse(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(body)))!;

    private static void IsOurs(Failure failure, string error)
    {
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(".", failure.Advice, StringComparison.Ordinal);
        Assert.Equal(failure.Class == FailureClass.NeedsSetup, failure.Advice.StartsWith("Set up the OAuth token", StringComparison.Ordinal));
        Assert.Equal(error.Contains("canary", StringComparison.Ordinal) || error is "" ? null : error.Replace('-', '_'), failure.SalesforceCode);
    }
}
