using System.Net.Http.Json;
using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class OAuthControlTests : OAuthTest
{
    protected override SimulatorOptions Options => new() { ControlPort = 0 };

    [Fact]
    public async Task Apps_are_added_changed_shown_without_secrets_and_removed()
    {
        string[] callbackUrls = ["http://localhost/x"];
        await SendAsync(HttpMethod.Post, "sandbox/apps", new { consumerKey = "mine", consumerSecret = "canary", callbackUrls });
        await SendAsync(HttpMethod.Patch, "sandbox/apps/mine", new { rotateRefreshTokens = true, scopes = new[] { "api" } });
        var apps = await Http.GetStringAsync(new Uri(Simulator.Control, "sandbox/apps"), Cancelled);
        Assert.Contains("\"rotateRefreshTokens\":true", apps, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", apps, StringComparison.Ordinal);
        Assert.Equal("canary", Simulator.Apps(Personality.Sandbox).Single(app => app.ConsumerKey == "mine").ConsumerSecret);
        await SendAsync(HttpMethod.Delete, "sandbox/apps/mine");
        Assert.DoesNotContain(Simulator.Apps(Personality.Sandbox), app => app.ConsumerKey == "mine");
    }

    [Fact]
    public async Task Consent_and_every_kind_of_failure_are_scripted()
    {
        await SendAsync(HttpMethod.Put, "production/consent", new { decision = "approve", username = Ann });
        var tokens = await ApproveAsync();
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "authorize", error = "server_error", errorDescription = "later" });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "authorize", consent = new { decision = "deadEnd" } });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "token", error = "inactive_org", errorDescription = "gone" });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "token", twist = new { orgId = "00Dx0000000BV7zEAG" }, username = Ann });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "revoke", error = "unsupported_token_type" });
        using var refused = await AuthorizeAsync();
        Assert.Equal("later", Query(refused)["error_description"]);
        using var deadEnd = await AuthorizeAsync();
        Assert.Contains("RemoteAccessErrorPage", deadEnd.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal("inactive_org: gone", Error(await RefreshAsync(tokens["refresh_token"])));
        Assert.Contains("/00Dx0000000BV7zEAG/", (await RefreshAsync(tokens["refresh_token"]))["id"], StringComparison.Ordinal);
        var revoked = await PostAsync("revoke", new() { ["token"] = tokens["refresh_token"] });
        Assert.Equal((400, "error=unsupported_token_type&error_description="), revoked);
    }

    [Fact]
    public async Task The_ledger_shows_fingerprints_and_its_grants_can_be_ended()
    {
        await SendAsync(HttpMethod.Put, "production/consent", new { decision = "approve" });
        var tokens = await ApproveAsync();
        await RefreshAsync(tokens["refresh_token"]);
        var ledger = await Http.GetStringAsync(new Uri(Simulator.Control, "production/grants"), Cancelled);
        Assert.DoesNotContain(tokens["refresh_token"][8..], ledger, StringComparison.Ordinal);
        Assert.DoesNotContain(tokens["access_token"][20..], ledger, StringComparison.Ordinal);
        var refreshToken = JsonDocument.Parse(ledger).RootElement[0].GetProperty("refreshTokens")[0];
        Assert.Equal(Simulator.Fingerprint(tokens["refresh_token"]), refreshToken.GetProperty("fingerprint").GetString());
        Assert.Equal((1, 0), (refreshToken.GetProperty("refreshes").GetInt32(), refreshToken.GetProperty("reuses").GetInt32()));

        await SendAsync(HttpMethod.Delete, "production/grants/1/access-tokens");
        Assert.Empty(Simulator.Sessions());
        await SendAsync(HttpMethod.Delete, "production/grants/1");
        Assert.Equal(DeadGrant, Error(await RefreshAsync(tokens["refresh_token"])));
        using var missing = await Http.DeleteAsync(new Uri(Simulator.Control, "production/grants/7"), Cancelled);
        Assert.Equal(404, (int)missing.StatusCode);
    }

    private async Task SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Simulator.Control, path)) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await Http.SendAsync(request, Cancelled);
        Assert.Equal("", response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(Cancelled));
    }
}
