using System.Buffers.Text;
using System.Text;
using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GrpcCreds.Tests.Api;

/// <summary>Hostile requests to the pages get a clear answer. Nothing is reflected and nothing changes.</summary>
public sealed class OAuthPageSafetyTests : OAuthPageTest
{
    private const string Markup = "<script>alert('c4nary')</script>\"&amp;";

    private static string Never { get; } = State("nobody");

    public static TheoryData<string> Malformed =>
    [
        "", "?", "?state=", "?state", "?state=%00", "?state=abc", "?state=%ZZ", "?state=../..",
        $"?state={new string('A', 129)}", $"?state={new string('A', 5000)}", "?state=%F0%9F%98%80",
        $"?state={State("Not A Tenant")}", $"?state={State("")}", $"?state={Never}&state={Never}", $"?state={Never}&STATE={Never}",
    ];

    public static TheoryData<string> MalformedCallbacks =>
    [
        $"?state={Never}", "?code=c", $"?state={Never}&code=", $"?state={Never}&error=&code=", $"?state={Never}&code=c&error=e",
        $"?state={Never}&code=c&code=c", $"?state={Never}&error=e&error=e", $"?state={Never}&error=e&error_description=d&error_description=d",
        $"?state={Never}&code={new string('c', 2001)}", $"?state={Never}&error={new string('e', 101)}",
        $"?state={Never}&error=e&error_description={new string('d', 1001)}",
    ];

    [Theory, MemberData(nameof(Malformed)), MemberData(nameof(MalformedCallbacks))]
    public async Task A_malformed_callback_is_refused(string query) => IsSafe(await GetAsync($"/oauth/callback{query}")).Says(400, "This link is incomplete");

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_malformed_start_is_refused(string query) => IsSafe(await GetAsync($"/oauth/start{query}")).Says(400, "This link is incomplete");

    [Fact]
    public async Task A_state_of_nobody_is_not_known_whether_or_not_its_tenant_is()
    {
        await SetAndStartAsync();
        foreach (var state in new[] { Never, State("acme") })
        {
            IsSafe(await GetAsync($"/oauth/start?state={state}")).Says(404, "This setup does not exist");
            IsSafe(await GetAsync($"/oauth/callback?state={state}&code=c")).Says(404, "This setup does not exist");
            IsSafe(await GetAsync($"/oauth/callback?state={state}&error=access_denied")).Says(404, "This setup does not exist");
        }
        Assert.Equal((Outcome.Pending, 0), ((await LastSetupAsync()).Outcome, TokenRequests()));
    }

    [Fact]
    public async Task Malformed_parameters_beside_a_good_state_do_not_use_it_up()
    {
        var callback = await SignInAsync((await SetAndStartAsync()).AuthorizationUrl);
        foreach (var more in new[] { "&code=another", "&error=access_denied", $"&error_description={new string('d', 1001)}", $"&error={new string('e', 101)}" })
            IsSafe(await GetAsync(new Uri(callback + more))).Says(400, "Nothing was done");
        IsSafe(await GetAsync(callback)).Says(200, "OAuth is set up and in force");
    }

    public static TheoryData<string> NoText =>
        ["%00", "a%00b", "a%0D%0Ab", "a%0Ab", "a%0D", "a%FFb", "%C3%28", "%E2%82", "%ED%A0%80", "a%25FFb", "%7F", "%C2%85", "%F0%9F%98%80", "a%20b%00"];

    [Theory, MemberData(nameof(NoText))]
    public async Task What_is_no_text_gets_the_same_refusal_each_time_and_uses_up_nothing(string bytes)
    {
        var callback = await SignInAsync((await SetAndStartAsync()).AuthorizationUrl);
        var state = StateOf(callback.ToString());
        for (var i = 0; i < 3; i++)
        {
            IsSafe(await GetAsync($"/oauth/callback?state={state}&code={bytes}")).Says(400, "This link is incomplete");
            IsSafe(await GetAsync($"/oauth/callback?state={state}&error={bytes}")).Says(400, "This link is incomplete");
            IsSafe(await GetAsync($"/oauth/callback?state={state}{bytes}&code=c")).Says(400, "This link is incomplete");
            IsSafe(await GetAsync($"/oauth/start?state={state}{bytes}")).Says(400, "This link is incomplete");
            Assert.Equal((Outcome.Pending, 0), ((await LastSetupAsync()).Outcome, TokenRequests()));
        }
        IsSafe(await GetAsync(callback)).Says(200, "OAuth is set up and in force");
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("a\r\nb")]
    [InlineData("a b")]
    [InlineData("a%FFb")]
    [InlineData("a\uFFFDb")]
    [InlineData("😀")]
    public async Task Neither_does_it_when_a_front_end_brings_it(string text)
    {
        var callback = await SignInAsync((await SetAndStartAsync()).AuthorizationUrl);
        var state = StateOf(callback.ToString());
        for (var i = 0; i < 3; i++)
        {
            Names("code", await Client.CompleteOAuthSetupAsync(new() { State = state, Code = text }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS"));
            Names("code", await Client.CompleteOAuthSetupAsync(new() { State = state, Code = new string('c', 2001) })
                .FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS"));
            if (text is not "a b")
                Names("error", await Client.CompleteOAuthSetupAsync(new() { State = state, Error = text })
                    .FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS"));
            await Client.CompleteOAuthSetupAsync(new() { State = state + text, Code = "c" }).FailsAsync(StatusCode.FailedPrecondition, "OAUTH_STATE_INVALID");
            Assert.Equal((Outcome.Pending, 0), ((await LastSetupAsync()).Outcome, TokenRequests()));
        }
        IsSafe(await GetAsync(callback)).Says(200, "OAuth is set up and in force");
    }

    [Fact]
    public async Task Bytes_that_no_browser_sends_are_refused_before_there_is_a_page()
    {
        var callback = await SignInAsync((await SetAndStartAsync()).AuthorizationUrl);
        var state = StateOf(callback.ToString());
        foreach (var code in new[] { "a\0b", "a\u00ffb", "a\rb", "a\u0080b", new string('c', 20_000) })
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(Service.Http.Host, Service.Http.Port);
            var stream = client.GetStream();
            await stream.WriteAsync(
                Encoding.Latin1.GetBytes($"GET /oauth/callback?state={state}&code={code} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            using var reader = new StreamReader(stream);
            Assert.StartsWith("HTTP/1.1 4", await reader.ReadToEndAsync().WaitAsync(Waiting.Long), StringComparison.Ordinal);
        }
        Assert.Equal((Outcome.Pending, 0), ((await LastSetupAsync()).Outcome, TokenRequests()));
        IsSafe(await GetAsync(callback)).Says(200, "OAuth is set up and in force");
    }

    private static void Names(string field, Google.Rpc.Status status) =>
        Assert.Equal(field, Assert.Single(status.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations).Field);

    [Fact]
    public async Task Nothing_of_the_query_is_shown_and_every_page_has_the_headers()
    {
        var markup = Uri.EscapeDataString(Markup);
        var setup = await SetAndStartAsync();
        var state = Here(setup.StartUrl).Query[1..];
        IsSafe(await GetAsync($"/oauth/start?state={markup}"));
        IsSafe(await GetAsync($"/oauth/start?{state}&code={markup}&tenant={markup}&{markup}={markup}"));
        IsSafe(await GetAsync($"/oauth/callback?state={markup}&code={markup}"));
        IsSafe(await GetAsync($"/oauth/callback?state={Never}&error={markup}&error_description={markup}"));
        IsSafe(await GetAsync($"/oauth/start?{state}")).Says(200, "Connect acme");
        IsSafe(await GetAsync($"/oauth/callback?{state}&error={markup}&error_description={markup}&{markup}={markup}")).Says(200, "The setup failed");
        IsSafe(await GetAsync($"/oauth/callback?{state}&error={markup}")).Says(409, "This setup is already complete");
        var status = await Client.StatusAsync();
        Assert.DoesNotContain("c4nary", status.ToString(), StringComparison.Ordinal);

        var next = Here((await StartAsync()).StartUrl).Query[1..];
        IsSafe(await GetAsync($"/oauth/callback?{next}&code={markup}")).Says(409, "Do you want to connect");
        IsSafe(await GetAsync($"/oauth/start?{next}"));
        IsSafe(await GetAsync($"/oauth/callback?{next}&code={markup}")).Says(200, "The setup failed");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_said_and_the_page_works_when_it_does()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await Service.StartAsync(Simulator,
            settings: [$"ConnectionStrings:Redis={redis.ConnectionString}", .. Settings, "Store:CommandTimeout=00:00:00.5"]);
        service.ExpectedErrors = _ => true;
        await service.Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Configured.OrgId, UserId = Configured.UserId });
        var setup = await service.Client.StartOAuthSetupAsync(new() { TenantId = "acme" });
        var start = new Uri(service.Http, new Uri(setup.StartUrl).PathAndQuery);
        redis.Stop();
        IsSafe(await GetAsync(start)).Says(503, "The service cannot reach its store");
        IsSafe(await GetAsync(new Uri(service.Http, $"/oauth/callback{start.Query}&error=access_denied"))).Says(503, "Reload this page");
        redis.Continue();
        await Waiting.UntilAsync(async () => (await GetAsync(start)).Status != 503, "the store is back");
    }

    [Fact]
    public async Task A_record_that_cannot_be_read_is_said()
    {
        using var directory = new TemporaryDirectory();
        StartOAuthSetupResponse setup;
        await using (var service = await Service.StartAsync(Simulator, directory, settings: Settings))
        {
            await service.Client.SetOAuthCredentialAsync(new() { TenantId = "acme", OrgId = Configured.OrgId, UserId = Configured.UserId });
            setup = await service.Client.StartOAuthSetupAsync(new() { TenantId = "acme" });
        }
        using (var store = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "store.db")};Pooling=false"))
        {
            store.Open();
            using var damage = store.CreateCommand();
            damage.CommandText = "UPDATE record SET sealed = zeroblob(200)";
            Assert.Equal(1, damage.ExecuteNonQuery());
        }
        await using var damaged = await Service.StartAsync(Simulator, directory, settings: Settings);
        damaged.ExpectedErrors = error => error.Id == 230;
        var query = Here(setup.StartUrl).Query;
        IsSafe(await GetAsync(new Uri(damaged.Http, $"/oauth/start{query}"))).Says(503, "The tenant's record cannot be read");
        IsSafe(await GetAsync(new Uri(damaged.Http, $"/oauth/callback{query}&code=c"))).Says(503, "The tenant's record cannot be read");
    }

    private static Page IsSafe(Page page)
    {
        Assert.DoesNotContain("c4nary", page.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("<script", page.Html, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("text/html; charset=utf-8", page.Headers["Content-Type"]);
        Assert.Equal("no-store", page.Headers["Cache-Control"]);
        Assert.Equal("no-referrer", page.Headers["Referrer-Policy"]);
        Assert.Equal("nosniff", page.Headers["X-Content-Type-Options"]);
        Assert.Equal("DENY", page.Headers["X-Frame-Options"]);
        Assert.Equal("same-origin", page.Headers["Cross-Origin-Opener-Policy"]);
        var style = System.Text.RegularExpressions.Regex.Match(page.Html, "<style>(.*?)</style>",
            System.Text.RegularExpressions.RegexOptions.Singleline).Groups[1].Value;
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        Assert.Equal(
            $"default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            page.Headers["Content-Security-Policy"]);
        Assert.StartsWith("<!doctype html>\n<html lang=\"en\">", page.Html, StringComparison.Ordinal);
        return page;
    }

    private static string State(string tenant) => Base64Url.EncodeToString([.. Encoding.UTF8.GetBytes(tenant), 0, .. new byte[32]]);
}
