using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

public sealed class ControlTests : SimulatorTest
{
    protected override SimulatorOptions Options => new() { ControlPort = 0 };

    [Fact]
    public async Task The_control_API_is_off_unless_asked_for()
    {
        await using var other = await Simulator.StartAsync(cancellationToken: Cancelled);
        Assert.Throws<InvalidOperationException>(() => other.Control);
        Assert.True(Simulator.Control.IsLoopback);
        Assert.Contains("/{p}/holds", await Http.GetStringAsync(Simulator.Control, Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Users_are_added_changed_shown_without_secrets_and_removed()
    {
        await SendAsync(HttpMethod.Post, "sandbox/users", new { username = "bob@acme.test", password = "canary", passwordExpired = true });
        await SendAsync(
            HttpMethod.Patch, "sandbox/users/bob@acme.test", new { password = "canary2", instanceUrl = "https://na9.test", passwordExpired = false });
        var login = await BodyOfLoginAsync("bob@acme.test", "canary2", Simulator.Sandbox);
        Assert.StartsWith("https://na9.test/", Element(login, "serverUrl"), StringComparison.Ordinal);
        Assert.Equal("false", Element(login, "passwordExpired"));
        var users = await Http.GetStringAsync(new Uri(Simulator.Control, "sandbox/users"), Cancelled);
        Assert.Contains("bob@acme.test", users, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", users, StringComparison.Ordinal);
        await SendAsync(HttpMethod.Delete, "sandbox/users/bob@acme.test");
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("bob@acme.test", "canary2", Simulator.Sandbox));
    }

    [Fact]
    public async Task Failures_lockouts_and_records_work_as_in_process()
    {
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "login", exceptionCode = "ORG_LOCKED" });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "login", status = 503 });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "login", location = "http://127.0.0.1:1/", status = 307 });
        await SendAsync(HttpMethod.Post, "production/failures", new { endpoint = "login", delivery = "resetBeforeProcessing" });
        Assert.Equal("ORG_LOCKED", await RefusalAsync("ann@acme.test", "x"));
        foreach (var status in new[] { HttpStatusCode.ServiceUnavailable, HttpStatusCode.TemporaryRedirect })
        {
            using var response = await LoginAsync("ann@acme.test", "x");
            Assert.Equal(status, response.StatusCode);
        }
        await Assert.ThrowsAsync<HttpRequestException>(() => LoginAsync("ann@acme.test", "x"));
        await SendAsync(HttpMethod.Put, "production/lockouts/ann@acme.test");
        Assert.Equal("INVALID_LOGIN", await RefusalAsync("ann@acme.test", "demo-passwordDemoToken1"));
        await SendAsync(HttpMethod.Delete, "production/lockouts/ann@acme.test");
        Assert.NotEmpty(Element(await BodyOfLoginAsync("ann@acme.test", "demo-passwordDemoToken1"), "sessionId"));

        Assert.Equal(1, (await GetAsync<JsonElement>("production/logins/ann@acme.test")).GetProperty("accepted").GetInt32());
        Assert.Equal(6, (await GetAsync<JsonElement[]>("production/logins")).Length);
        Assert.Equal(6, (await GetAsync<JsonElement[]>("production/requests")).Length);
        Assert.False(Assert.Single(await GetAsync<JsonElement[]>("production/sessions")).TryGetProperty("id", out _));
        await SendAsync(HttpMethod.Delete, "production/sessions?username=ann@acme.test");
        Assert.Empty(Simulator.Sessions());
    }

    [Fact]
    public async Task A_hold_can_be_waited_for_and_released()
    {
        await SendAsync(HttpMethod.Post, "production/holds", new { endpoint = "login", point = "afterProcessing" });
        var login = LoginAsync("ann@acme.test", "demo-passwordDemoToken1");
        var hold = await GetAsync<JsonElement>("production/holds/1?requests=1&seconds=15");
        Assert.Equal((1, false), (hold.GetProperty("reached").GetInt32(), login.IsCompleted));
        await SendAsync(HttpMethod.Delete, "production/holds/1");
        using var response = await login;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData("production/failures", """{"endpoint":"login"}""", 400, "name the failure by")]
    [InlineData("production/failures", """{"endpoint":"login","statsu":503}""", 400, "statsu")]
    [InlineData("production/users", """{"username":"a","password":"b","orgId":"005600000045vWeAAI"}""", 400, "begins with 00D")]
    [InlineData("production/users", """{"username":"a"}""", 400, "password")]
    [InlineData("nowhere/users", "{}", 404, "")]
    public async Task A_mistake_is_answered_in_words(string path, string json, int status, string words)
    {
        using var content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var response = await Http.PostAsync(new Uri(Simulator.Control, path), content, Cancelled);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(words, await response.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    private async Task SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Simulator.Control, path)) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await Http.SendAsync(request, Cancelled);
        Assert.Equal("", response.IsSuccessStatusCode ? "" : await response.Content.ReadAsStringAsync(Cancelled));
    }

    private async Task<T> GetAsync<T>(string path) => (await Http.GetFromJsonAsync<T>(new Uri(Simulator.Control, path), Cancelled))!;
}
