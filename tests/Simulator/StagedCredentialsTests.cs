using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.SimulatorTests;

/// <summary>An app's second set of key and secret: staged, rotated, dropped, with the rights that this needs.</summary>
public sealed class StagedCredentialsTests : OAuthTest
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.FromUnixTimeSeconds(1760000000));
    private string token = "";

    protected override SimulatorOptions Options => new() { TimeProvider = time };

    [Fact]
    public async Task A_staged_set_works_beside_the_primary_one_and_there_is_only_one()
    {
        var path = await FindAsync();
        Assert.Empty((await JsonAsync(HttpMethod.Get, path)).GetProperty("stagedCredentials").EnumerateArray());
        var set = Set(await JsonAsync(HttpMethod.Post, path, HttpStatusCode.Created));
        Assert.Equal("Active", set.GetProperty("state").GetString());
        Assert.Equal(DefaultUsers.Production.UserId, set.GetProperty("createdBy").GetString());
        Assert.NotNull(await TokenAsync(Text(set, "key"), Text(set, "secret")));
        Assert.NotNull(await TokenAsync(App.ConsumerKey, App.ConsumerSecret));
        Assert.Null(await TokenAsync(Text(set, "key"), App.ConsumerSecret));
        Assert.Equal(Text(set, "key"), Text(Set(await JsonAsync(HttpMethod.Get, path)), "key"));
        await JsonAsync(HttpMethod.Post, path, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_rotation_changes_the_places_and_the_former_set_works_for_30_days_unless_it_is_dropped()
    {
        var path = await FindAsync();
        var set = Set(await JsonAsync(HttpMethod.Post, path, HttpStatusCode.Created));
        await JsonAsync(HttpMethod.Patch, Text(set, "url"), HttpStatusCode.BadRequest, new { command = "other" });
        var former = Set(await JsonAsync(HttpMethod.Patch, Text(set, "url"), HttpStatusCode.OK, new { command = "rotate" }));
        Assert.Equal((App.ConsumerKey, "Rotated"), (Text(former, "key"), Text(former, "state")));
        Assert.Equal(Text(set, "key"), Assert.Single(Simulator.Apps()).ConsumerKey);
        Assert.NotNull(await TokenAsync(App.ConsumerKey, App.ConsumerSecret));
        time.Advance(StagedCredentials.Lifetime);
        Assert.Null(await TokenAsync(App.ConsumerKey, App.ConsumerSecret));
        Assert.NotNull(token = (await TokenAsync(Text(set, "key"), Text(set, "secret")))!);

        var next = Set(await JsonAsync(HttpMethod.Post, path, HttpStatusCode.Created));
        await JsonAsync(HttpMethod.Delete, Text(next, "url"), HttpStatusCode.NoContent);
        Assert.Null(await TokenAsync(Text(next, "key"), Text(next, "secret")));
        await JsonAsync(HttpMethod.Delete, Text(next, "url"), HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Both_permissions_the_setting_a_local_app_and_the_version_are_needed()
    {
        var path = await FindAsync();
        Simulator.AllowAppSecrets(false);
        Assert.Equal("FUNCTIONALITY_NOT_ENABLED", Code(await JsonAsync(HttpMethod.Get, path, HttpStatusCode.Forbidden)));
        Simulator.AllowAppSecrets(true);
        Func<SimulatedUser, SimulatedUser>[] lacks = [user => user with { ViewClientSecret = false }, user => user with { ExternalClientAppDeveloper = false }];
        foreach (var less in lacks)
        {
            var before = Simulator.Users().Single(user => user.Username == Ann);
            Simulator.ChangeUser(Ann, less);
            Assert.Equal("INSUFFICIENT_ACCESS", Code(await JsonAsync(HttpMethod.Post, path, HttpStatusCode.Forbidden)));
            Simulator.ChangeUser(Ann, _ => before);
        }
        await JsonAsync(HttpMethod.Get, path.Replace("v65.0", "v64.0", StringComparison.Ordinal), HttpStatusCode.NotFound);
        Simulator.ChangeApp(App.ConsumerKey, app => app with { IsPackaged = true });
        await JsonAsync(HttpMethod.Post, path, HttpStatusCode.BadRequest);
    }

    // The list of apps comes in pages.
    private async Task<string> FindAsync()
    {
        foreach (var name in new[] { "a", "b", "c" })
            Simulator.AddApp(App with { ConsumerKey = $"0{name}", ConsumerSecret = "s" });
        token = (await TokenAsync(App.ConsumerKey, App.ConsumerSecret))!;
        for (var page = "/services/data/v65.0/apps/oauth/usage"; page is not null;)
        {
            var list = await JsonAsync(HttpMethod.Get, page);
            foreach (var app in list.GetProperty("apps").EnumerateArray())
            {
                var consumers = await JsonAsync(HttpMethod.Get, $"/services/data/v65.0/apps/oauth/credentials/{Text(app, "identifier")}");
                var consumer = Assert.Single(consumers.GetProperty("consumers").EnumerateArray());
                if (Text(consumer, "key") == App.ConsumerKey)
                {
                    foreach (var name in new[] { "a", "b", "c" })
                        Simulator.RemoveApp($"0{name}");
                    return Text(consumer, "stagedCredentialsUrl");
                }
            }
            page = list.GetProperty("nextPageUrl").GetString();
        }
        throw new InvalidOperationException("the app is not listed");
    }

    private async Task<string?> TokenAsync(string key, string secret) => Members(await PostAsync(
        "token", new() { ["grant_type"] = "client_credentials", ["client_id"] = key, ["client_secret"] = secret }, host: Simulator.ProductionMyDomain))
        .GetValueOrDefault("access_token");

    private async Task<JsonElement> JsonAsync(HttpMethod method, string path, HttpStatusCode expected = HttpStatusCode.OK, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Simulator.Production, path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = body is null ? null : JsonContent.Create(body);
        using var response = await Http.SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(expected == response.StatusCode, text);
        return text == "" ? default : JsonDocument.Parse(text).RootElement.Clone();
    }

    private static JsonElement Set(JsonElement list) => Assert.Single(list.GetProperty("stagedCredentials").EnumerateArray());

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static string Code(JsonElement errors) => Text(errors[0], "errorCode");
}
