using System.Net;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>An unauthenticated caller sees one word of the service's health.</summary>
public sealed class HealthDetailsTests
{
    [Fact]
    public async Task On_the_gRPC_port_a_stranger_learns_the_status_alone()
    {
        await using var world = await CallersWorld.StartAsync();
        using var http = new HttpClient(world.Handler());
        foreach (var path in new[] { "/healthz/ready", "/healthz/live", "/HEALTHZ/Ready/" })
        {
            Assert.Equal("Healthy\n", await AskAsync(http, new(world.Service.Grpc, path), HttpVersion.Version20));
            Assert.Equal("Healthy\n", await AskAsync(http, new(world.Service.Grpc, path), HttpVersion.Version20, $"Bearer {world.Issuer.Token("admin")}"));
            Assert.Equal("Healthy\n", await AskAsync(http, new(world.Service.Grpc, path), HttpVersion.Version20, $"Bearer {world.Issuer.Token("viewer")}"));
            Assert.Equal("Healthy\n", await AskAsync(http, new(world.Service.Grpc, path), HttpVersion.Version20, "Bearer nonsense"));
        }
        Assert.Contains("keys: Healthy: 'main' is active", await AskAsync(http, new(world.Service.Grpc, "/healthz/ready"),
            HttpVersion.Version20, $"Bearer {world.Issuer.Token("all-viewer")}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task On_a_loopback_HTTP_port_it_is_told_but_not_through_a_proxy()
    {
        await using var world = await CallersWorld.StartAsync();
        using var http = new HttpClient();
        var ready = new Uri(world.Service.Http, "/healthz/ready");
        Assert.Contains("keys: Healthy: 'main' is active", await AskAsync(http, ready, HttpVersion.Version11), StringComparison.Ordinal);
        foreach (var header in new[] { "Forwarded", "X-Forwarded-For", "Via" })
            Assert.Equal("Healthy\n", await AskAsync(http, ready, HttpVersion.Version11, header: (header, "1.1 somewhere")));
    }

    [Fact]
    public async Task On_an_HTTP_port_that_others_reach_only_a_viewer_of_every_tenant_is_told()
    {
        await using var world = await CallersWorld.StartAsync(settings: ["Listen:Http=0.0.0.0:0"]);
        using var http = new HttpClient(world.Handler());
        var ready = new UriBuilder(world.Service.Http) { Scheme = "https", Host = "127.0.0.1", Path = "/healthz/ready" }.Uri;
        Assert.Equal("Healthy\n", await AskAsync(http, ready, HttpVersion.Version11));
        Assert.Equal("Healthy\n", await AskAsync(http, ready, HttpVersion.Version11, $"Bearer {world.Issuer.Token("viewer")}"));
        Assert.Contains("keys: Healthy",
            await AskAsync(http, ready, HttpVersion.Version11, $"Bearer {world.Issuer.Token("all-viewer")}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stranger_learns_nothing_from_any_other_page()
    {
        await using var world = await CallersWorld.StartAsync();
        using var http = new HttpClient(world.Handler());
        foreach (var path in new[] { "/", "/nowhere", "/healthz", "/oauth/start", "/grpccreds.v1.SyncCredentials/Nothing" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(world.Service.Grpc, path))
                { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal("", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task What_is_wrong_is_logged_once_when_it_changes_however_often_it_is_looked_at()
    {
        var state = HealthCheckResult.Unhealthy("BROKEN: 1 of 2");
        await using var simulator = await Simulator.StartAsync();
        await using var service = await Service.StartAsync(simulator, configure: services => services.AddHealthChecks().AddCheck("test", () => state));
        service.ExpectedErrors = record => record.Id.Id == 140;
        using var http = new HttpClient();
        List<string> Said() => [.. service.Logs.GetSnapshot()
            .Where(record => record.Message.StartsWith("Health check ", StringComparison.Ordinal) && record.Message.Contains("test", StringComparison.Ordinal))
            .Select(record => $"{record.Level} {record.Message}")];
        async Task ChangeAsync(HealthCheckResult to, int lines)
        {
            state = to;
            for (var time = 0; time < 3; time++)
                await http.GetAsync(new Uri(service.Http, "/healthz/ready"), TestContext.Current.CancellationToken);
            await Waiting.UntilAsync(() => Said().Count >= lines, $"{lines} lines are logged");
        }

        await ChangeAsync(state, 1);
        await ChangeAsync(HealthCheckResult.Unhealthy("BROKEN: 2 of 2"), 1);
        await ChangeAsync(HealthCheckResult.Degraded("HALF: 2 of 2"), 2);
        await ChangeAsync(HealthCheckResult.Healthy("good"), 3);
        Assert.Equal(
            ["Error Health check test has status Unhealthy: BROKEN: 1 of 2", "Warning Health check test has status Degraded: HALF: 2 of 2",
                "Information Health check test has status Healthy: good"], Said());
    }

    private static async Task<string> AskAsync(HttpClient http, Uri url, Version version,
        string? authorization = null, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url) { Version = version, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        if (authorization is not null)
            request.Headers.Add("Authorization", authorization);
        if (header is { } more)
            request.Headers.Add(more.Name, more.Value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
