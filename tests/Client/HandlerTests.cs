using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using CsCheck;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;
using static GrpcCreds.Tests.Client.ScriptedSalesforce;

namespace GrpcCreds.Tests.Client;

/// <summary>Calls to Salesforce through the handler, with Salesforce's answers scripted.</summary>
public sealed class HandlerTests
{
    private const string Path = "services/data/v64.0/limits";
    private const string Policy = """[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]""";

    private static readonly Uri Instance = new("https://acme.my.salesforce.com");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string> OtherPlaces =>
    [
        "http://acme.my.salesforce.com/x", "https://acme.my.salesforce.com:8443/x",
        "https://other.my.salesforce.com/x", "https://acme.my.salesforce.com.evil.test/x",
        "https://evil.test/https://acme.my.salesforce.com", "https://user@acme.my.salesforce.com/x", "https://acme.my.salesforce.com@evil.test/x",
        "https://salesforce.invalid.evil.test/x", "http://salesforce.invalid/x",
    ];

    [Fact]
    public async Task A_relative_address_leads_to_the_sessions_host_with_its_token()
    {
        await using var world = await WatchedWorld.StartAsync();
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.OK));
        var (source, stream) = await world.LiveAsync();
        using var http = source.Http(salesforce);

        await http.GetAsync(Path, Cancel);
        await stream.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);
        await http.GetAsync(new Uri(Instance, "/services/data/v64.0/query?q=a%20b"), Cancel);

        Assert.Equal(
            [(new Uri(Instance, Path), Say.Canary + "7", ""), (new Uri(Instance, "/services/data/v64.0/query?q=a%20b"), Say.Canary + "8", "")],
            salesforce.Requests);
    }

    [Fact]
    public async Task A_tenant_with_a_handler_applies_what_arrives()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        using var http = source.Http(new ScriptedSalesforce(Answer(HttpStatusCode.OK)));
        Assert.Equal(["acme 7 Applied"], (await world.ReportedAsync()).Said);

        await stream.SendAsync(Say.Session("acme", 8));

        Assert.Equal(["acme 8 Applied"], (await world.ReportedAsync()).Said);
    }

    [Fact]
    public async Task A_request_waits_until_the_tenant_has_a_session()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        using var http = source.Http(new ScriptedSalesforce(Answer(HttpStatusCode.OK)));
        var call = http.GetAsync(Path, Cancel);

        await stream.SendAsync(Say.Session("acme", 7));

        Assert.Equal(HttpStatusCode.OK, (await call.Soon("an answer")).StatusCode);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("text")]
    [InlineData("memory")]
    [InlineData("json")]
    public async Task A_refused_session_is_reported_once_and_the_call_goes_on_with_the_newer_one(string content)
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, SessionInvalid), Answer(HttpStatusCode.OK, "fine"));
        var (http, source, stream) = await LiveAsync(world, salesforce);
        using var body = Content(content);
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, Path) { Content = body };

        var call = http.SendAsync(request, Cancel);
        var report = await world.ReportedAsync();
        report.Answer(ReportVerdict.Refreshing);
        await stream.SendAsync(HandlerWorld.SessionAt(new Uri("https://moved.my.salesforce.com"), 8, "newer"));

        Assert.Equal("fine", await (await call.Soon("an answer")).Content.ReadAsStringAsync(Cancel));
        Assert.Equal(["acme 7 Rejected SessionRefused INVALID_SESSION_ID"], report.Said);
        Assert.Equal(
            [(new Uri(Instance, Path), Say.Canary + "7"), (new Uri($"https://moved.my.salesforce.com/{Path}"), "newer")],
            salesforce.Requests.Select(sent => (sent.Uri, sent.Token)));
        Assert.Equal(salesforce.Requests[0].Body, salesforce.Requests[1].Body);
        Assert.Equal(body is null, salesforce.Requests[1].Body.Length == 0);
        // A retry above the handler sends the request unchanged.
        Assert.Equal((new Uri(SalesforceSessionHandler.BaseAddress, Path), null), (request.RequestUri, request.Headers.Authorization));
    }

    [Fact]
    public async Task A_call_is_sent_again_once_and_not_twice()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, SessionInvalid));
        var (http, _, stream) = await LiveAsync(world, salesforce);

        var call = http.GetAsync(Path, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Refreshing);
        await stream.SendAsync(Say.Session("acme", 8));

        var response = await call.Soon("an answer");
        Assert.Equal((HttpStatusCode.Unauthorized, 2), (response.StatusCode, salesforce.Requests.Count));
        Assert.Equal(SessionInvalid, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task Where_no_newer_session_comes_the_refusal_is_returned()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, SessionInvalid));
        var (http, _, _) = await LiveAsync(world, salesforce);

        var call = http.GetAsync(Path, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Refreshing);
        await world.Time.NextPatienceAsync();
        world.Time.Advance(CredentialSource.Patience);

        Assert.Equal(SessionInvalid, await (await call.Soon("an answer")).Content.ReadAsStringAsync(Cancel));
        Assert.Single(salesforce.Requests);
    }

    [Fact]
    public async Task A_stream_cannot_be_sent_again_so_its_refusal_is_reported_and_returned()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, SessionInvalid));
        var (http, _, _) = await LiveAsync(world, salesforce);
        using var content = new StreamContent(new MemoryStream("rows"u8.ToArray()));

        var response = await http.PostAsync(Path, content, Cancel).Soon("an answer");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal(["acme 7 Rejected SessionRefused INVALID_SESSION_ID"], (await world.ReportedAsync()).Said);
        Assert.Single(salesforce.Requests);
    }

    [Theory]
    [InlineData(Policy, "INVALID_SESSION_ID")]
    [InlineData("""[{"message":"INVALID_HEADER_TYPE","errorCode":"INVALID_AUTH_HEADER"}]""", "INVALID_AUTH_HEADER")]
    // A part of the token that was sent.
    [InlineData("""[{"message":"no","errorCode":"AQ0AQHsecret7"}]""", "")]
    public async Task A_policy_is_reported_once_a_revision_and_never_waited_for(string body, string code)
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, body));
        var (http, _, _) = await LiveAsync(world, salesforce);

        for (var call = 0; call < 3; call++)
            Assert.Equal(body, await (await http.GetAsync(Path, Cancel).Soon("an answer")).Content.ReadAsStringAsync(Cancel));

        var report = await world.ReportedAsync();
        Assert.Equal([$"acme 7 Rejected NotPermitted {code}"], report.Said);
        report.Answer(ReportVerdict.Noted);
        await http.GetAsync(Path, Cancel).Soon("an answer");
        Assert.False(world.Server.HasNewReport);
        Assert.Equal(4, salesforce.Requests.Count);
    }

    [Fact]
    public async Task An_identity_endpoints_word_for_a_dead_token_counts_as_one_and_other_403_do_not()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(
            Answer(HttpStatusCode.Forbidden, """[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]"""),
            Answer(HttpStatusCode.Forbidden, "Bad_OAuth_Token", "text/plain"), Answer(HttpStatusCode.OK));
        var (http, _, stream) = await LiveAsync(world, salesforce);

        Assert.Equal(HttpStatusCode.Forbidden, (await http.GetAsync(Path, Cancel).Soon("an answer")).StatusCode);
        var call = http.GetAsync("services/oauth2/userinfo", Cancel);
        Assert.Equal(["acme 7 Rejected SessionRefused Bad_OAuth_Token"], (await world.ReportedAsync()).Said);
        await stream.SendAsync(Say.Session("acme", 8));

        Assert.Equal(HttpStatusCode.OK, (await call.Soon("an answer")).StatusCode);
    }

    [Fact]
    public async Task A_false_alarm_is_taken_back_by_the_next_success()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.Unauthorized, SessionInvalid), Answer(HttpStatusCode.OK));
        var (http, _, _) = await LiveAsync(world, salesforce);
        var call = http.GetAsync(Path, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Noted);
        await call.Soon("an answer");

        // Anybody is given the list of versions.
        await http.GetAsync("services/data/", Cancel).Soon("an answer");
        Assert.False(world.Time.IsGathering);
        await http.GetAsync(Path, Cancel).Soon("an answer");

        Assert.Equal(["acme 7 Applied"], (await world.ReportedAsync()).Said);
    }

    [Fact]
    public async Task A_refusal_of_any_length_stays_readable()
    {
        await using var world = await WatchedWorld.StartAsync();
        var body = new string('x', 300_000);
        var (http, _, _) = await LiveAsync(world, new ScriptedSalesforce(Answer(HttpStatusCode.Forbidden, body, "text/html")));

        var response = await http.GetAsync(Path, Cancel).Soon("an answer");

        Assert.Equal((body, "text/html"), (await response.Content.ReadAsStringAsync(Cancel), response.Content.Headers.ContentType!.MediaType));
    }

    [Theory, MemberData(nameof(OtherPlaces))]
    public async Task A_token_goes_nowhere_else(string address)
    {
        await using var world = await WatchedWorld.StartAsync();
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.OK));
        var (http, _, _) = await LiveAsync(world, salesforce);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(new Uri(address), Cancel));

        Assert.Empty(salesforce.Requests);
        Assert.DoesNotContain(Say.Canary, refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_address_is_asked_for_the_target_is_the_sessions_server() =>
        Gen.Select(
            AnyOf("https", "http", "ftp"), AnyOf("", "u@", "u:p@"),
            AnyOf("acme.my.salesforce.com", "ACME.my.salesforce.com", "salesforce.invalid", "evil.test"),
            AnyOf("", ":443", ":80", ":8443"), AnyOf("", "x", "@evil.test", "a?b=c#d"))
            .Sample((scheme, user, host, port, path) =>
            {
                var session = (SalesforceSession)Answers.From(Say.Session("acme", 1).Credential)!;
                try
                {
                    Assert.Equal(Instance.GetLeftPart(UriPartial.Authority),
                        SalesforceTarget.Of(new Uri($"{scheme}://{user}{host}{port}/{path}"), session).GetLeftPart(UriPartial.Authority));
                }
                catch (InvalidOperationException)
                {
                    Assert.True(scheme != "https" || user != "" || host == "evil.test" || port is ":80" or ":8443");
                }
            });

    [Theory]
    [InlineData("http://acme.my.salesforce.com")]
    [InlineData("acme.my.salesforce.com")]
    [InlineData("http://192.0.2.1:5090")]
    public async Task A_session_that_is_not_at_https_is_sent_nowhere(string instance)
    {
        await using var world = await WatchedWorld.StartAsync();
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.OK));
        var (source, stream) = await world.OpenAsync();
        var message = Say.Session("acme", 1);
        message.Credential.Session.InstanceUrl = instance;
        await stream.SendAsync(message);
        using var http = source.Http(salesforce);

        await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync(Path, Cancel).Soon("an answer"));

        Assert.Empty(salesforce.Requests);
    }

    [Fact]
    public async Task An_Authorization_or_Host_header_of_the_applications_own_is_refused_and_so_is_sending_synchronously()
    {
        await using var world = await WatchedWorld.StartAsync();
        var salesforce = new ScriptedSalesforce(Answer(HttpStatusCode.OK));
        var (http, _, _) = await LiveAsync(world, salesforce);
        using var own = new HttpRequestMessage(HttpMethod.Get, Path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "own") } };
        using var host = new HttpRequestMessage(HttpMethod.Get, Path) { Headers = { Host = "evil.test" } };
        using var synchronous = new HttpRequestMessage(HttpMethod.Get, Path);

        await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(own, Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => http.SendAsync(host, Cancel));
        Assert.Throws<NotSupportedException>(() => http.Send(synchronous, Cancel));

        Assert.Empty(salesforce.Requests);
        Assert.Equal("own", own.Headers.Authorization!.Parameter);
    }

    [Fact]
    public async Task A_redirect_loses_the_token_and_what_answers_then_says_nothing_of_the_session()
    {
        await using var world = await WatchedWorld.StartAsync();
        var tokens = new List<string>();
        await using var elsewhere = await ListenAsync(context => Keep(context, tokens, HttpStatusCode.Unauthorized, null));
        await using var salesforce = await ListenAsync(context => Keep(context, tokens, HttpStatusCode.Redirect, Address(elsewhere)));
        var (source, stream) = await world.OpenAsync();
        await stream.SendAsync(HandlerWorld.SessionAt(Address(salesforce), 7, Say.Canary));
        using var http = source.Http(new SocketsHttpHandler { UseProxy = false });

        var response = await http.GetAsync("services/data/v64.0", Cancel).Soon("an answer");

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal([$"Bearer {Say.Canary}", ""], tokens);
        Assert.Equal(["acme 7 Applied"], (await world.ReportedAsync()).Said);
        Assert.False(world.Time.IsGathering);
    }

    /// <summary>A client on a session that is in use, which the service knows.</summary>
    private static async Task<(HttpClient Http, CredentialSource Source, ScriptedStream Stream)> LiveAsync(WatchedWorld world, HttpMessageHandler salesforce)
    {
        var (source, stream) = await world.LiveAsync();
        var http = source.Http(salesforce);
        (await world.ReportedAsync()).Answer(ReportVerdict.Noted);
        return (http, source, stream);
    }

    private static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    private static HttpContent? Content(string kind) => kind switch
    {
        "text" => new StringContent("rows"),
        "memory" => new ReadOnlyMemoryContent("rows"u8.ToArray()),
        "json" => JsonContent.Create(new { rows = 3 }),
        _ => null,
    };

    private static Task Keep(HttpContext context, List<string> tokens, HttpStatusCode status, Uri? location)
    {
        tokens.Add(context.Request.Headers.Authorization.ToString());
        (context.Response.StatusCode, context.Response.Headers.Location) = ((int)status, location?.ToString());
        return context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(SessionInvalid)).AsTask();
    }

    private static async Task<WebApplication> ListenAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost0(HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Cancel);
        return app;
    }

    private static Uri Address(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
