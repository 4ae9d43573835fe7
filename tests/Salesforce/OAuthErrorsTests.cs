using System.Text;
using System.Text.Json;
using GrpcCreds.Server;
using GrpcCreds.Server.Credentials;
using GrpcCreds.Server.Salesforce;
using Xunit;

namespace GrpcCreds.Tests.SalesforceTests;

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
        var failure = OAuthErrors.OfCallback(error, description, DateTimeOffset.UnixEpoch);
        Assert.Equal(failureClass, failure.Class.ToString());
        IsOurs(failure, error);
    }

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
        var answer = Answer(new { access_token = "a", id = "https://login.salesforce.com/id/00Dx0000000BV7zEAG/005x00000012Q9PAAU", issued_at = issuedAt, signature });
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
