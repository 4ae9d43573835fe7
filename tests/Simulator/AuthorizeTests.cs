using System.Text.RegularExpressions;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed partial class AuthorizeTests : OAuthTest
{
    [Fact]
    public async Task An_approval_returns_a_code_and_the_state_to_the_callback()
    {
        using var response = await AuthorizeAsync(("prompt", "login consent"));
        Assert.Equal("a b&c==", Query(response)["state"]);
        Assert.EndsWith("==", Query(response)["code"], StringComparison.Ordinal);
        Assert.Contains("%3D%3D&state=", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_asks_and_does_what_its_buttons_say()
    {
        Simulator.SetConsent(Consent.Ask);
        Simulator.AddUser(new SimulatedUser { Username = "eve@other.test", Password = "p", OrgId = "00Dx0000000BV7zEAG" });
        using var page = await AuthorizeAsync(("state", "\"><script>"));
        var html = await page.Content.ReadAsStringAsync(Cancelled);
        Assert.Equal(200, (int)page.StatusCode);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.Contains("eve@other.test", html, StringComparison.Ordinal);
        Assert.Contains("no-store", page.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        var form = HiddenField().Matches(html).ToDictionary(field => field.Groups[1].Value, field => System.Net.WebUtility.HtmlDecode(field.Groups[2].Value));
        var (code, state) = await SubmitAsync(form, "approve", "eve@other.test");
        Assert.Equal("\"><script>", state);
        Assert.Contains("/id/00Dx0000000BV7zEAG/", (await ExchangeAsync(code))["id"], StringComparison.Ordinal);

        using var denied = await PostFormAsync(form, "refuse");
        Assert.Equal(("access_denied", "end-user denied authorization"), (Query(denied)["error"], Query(denied)["error_description"]));
        using var deadEnd = await PostFormAsync(form, "deadEnd");
        Assert.StartsWith("/setup/secur/RemoteAccessErrorPage.apexp?error=", deadEnd.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("scope", "api web", "invalid_scope")]
    [InlineData("code_challenge", "short", "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("immediate", "true", "immediate_unsuccessful")]
    public async Task What_is_wrong_with_a_request_is_told_to_the_callback(string name, string value, string error)
    {
        using var response = await AuthorizeAsync((name, value));
        Assert.Equal((error, "a b&c=="), (Query(response)["error"], Query(response)["state"]));
    }

    [Fact]
    public async Task An_app_may_demand_PKCE_or_be_missing_in_the_organization()
    {
        Simulator.ChangeApp(App.ConsumerKey, app => app with { RequirePkce = true });
        using var plain = await AuthorizeAsync(("code_challenge", ""));
        Assert.Equal("missing required code challenge", Query(plain)["error_description"]);
        Simulator.ChangeApp(App.ConsumerKey, app => app with { NotInstalled = true });
        using var missing = await AuthorizeAsync();
        Assert.Equal("app must be installed into org", Query(missing)["error_description"]);
    }

    [Fact]
    public async Task A_wrong_client_or_callback_never_reaches_the_callback()
    {
        using var client = await AuthorizeAsync(("client_id", "nobody"));
        Assert.Equal(400, (int)client.StatusCode);
        Assert.Equal("error=invalid_client_id&error_description=client+identifier+invalid", await client.Content.ReadAsStringAsync(Cancelled));
        using var callback = await AuthorizeAsync(("redirect_uri", Callback + "/"));
        var page = callback.Headers.Location!.OriginalString;
        Assert.StartsWith("/setup/secur/RemoteAccessErrorPage.apexp?error=redirect_uri_mismatch", page, StringComparison.Ordinal);
        Assert.Contains("redirect_uri must match configuration", (await ReadAsync(page[1..])).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Authorizations_can_be_scripted_one_by_one()
    {
        Simulator.Fail(Endpoint.Authorize, Failure.Authorization(Consent.Refuse("server_error", "try again")));
        Simulator.Fail(Endpoint.Authorize, Failure.Authorization(Consent.DeadEnd("OAUTH_APP_BLOCKED")));
        Simulator.Fail(Endpoint.Authorize, Failure.Authorization(Consent.RawError("invalid_grant", "bad credentials")));
        Simulator.Fail(Endpoint.Authorize, Failure.Status(503));
        using var refused = await AuthorizeAsync();
        Assert.Equal("server_error", Query(refused)["error"]);
        using var deadEnd = await AuthorizeAsync();
        Assert.Contains("error=OAUTH_APP_BLOCKED", deadEnd.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var raw = await AuthorizeAsync();
        Assert.Equal("error=invalid_grant&error_description=bad+credentials", await raw.Content.ReadAsStringAsync(Cancelled));
        using var down = await AuthorizeAsync();
        Assert.Equal(503, (int)down.StatusCode);
        Assert.NotEmpty(await CodeAsync());
    }

    [Fact]
    public async Task A_login_hint_chooses_the_user_and_an_inactive_one_is_refused()
    {
        Simulator.AddUser(new SimulatedUser { Username = "bob@acme.test", Password = "p", UserId = "00558000001N0KeAAK" });
        Assert.EndsWith("/00558000001N0KeAAK", (await ApproveAsync(("login_hint", "bob@acme.test")))["id"], StringComparison.Ordinal);
        Simulator.ChangeUser("bob@acme.test", bob => bob with { Inactive = true });
        using var refused = await AuthorizeAsync(("login_hint", "bob@acme.test"));
        Assert.Equal("inactive_user", Query(refused)["error"]);
    }

    private async Task<(string Code, string State)> SubmitAsync(Dictionary<string, string> form, string decision, string username)
    {
        using var response = await PostFormAsync(new(form) { ["username"] = username }, decision);
        return (Query(response)["code"], Query(response)["state"]);
    }

    private async Task<HttpResponseMessage> PostFormAsync(Dictionary<string, string> form, string decision)
    {
        using var content = new FormUrlEncodedContent(new Dictionary<string, string>(form) { ["decision"] = decision });
        return await Http.PostAsync(new Uri(Simulator.Production, "services/oauth2/authorize"), content, Cancelled);
    }

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">")]
    private static partial Regex HiddenField();
}
