using System.Net;
using GrpcCreds.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Rollout;

/// <summary>The client library with the real service and a simulated Salesforce.</summary>
public sealed class ClientFleetTests : OAuthServiceTest
{
    private const string Path = "services/data/v64.0";

    [Fact]
    public async Task Nodes_report_what_they_use_and_leave_in_peace()
    {
        await Client.ConnectAsync();
        var watches = Enumerable.Range(1, 3).Select(number => Watch($"node-{number}")).ToList();
        foreach (var watch in watches)
            await watch.For("acme").GetAsync(TestContext.Current.CancellationToken);
        var rollout = (await UntilAsync(status => status.Rollout?.Outcome == Outcome.Succeeded, "all have applied it")).Rollout;
        Assert.Equal((3, 3), (rollout.Expected, rollout.Applied));
        await watches[0].DisposeAsync();
        await Waiting.UntilAsync(async () => (await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes[0].Presence == Presence.Left,
            "the first has said goodbye");
        Assert.Equal((2, 0), ((await Client.StatusAsync()).Rollout.Expected, (await Client.StatusAsync()).Rollout.Lost));
        foreach (var watch in watches)
            await watch.DisposeAsync();
    }

    [Fact]
    public async Task A_revoked_session_heals_under_the_calls_of_a_fleet()
    {
        await Client.ConnectAsync();
        var watches = Enumerable.Range(1, 10).Select(number => Watch($"node-{number}")).ToList();
        var clients = watches.Select(Http).ToList();
        foreach (var http in clients)
            Assert.Equal(HttpStatusCode.OK, await GetAsync(http));
        var (questions, refreshes) = (Requests("userinfo"), Refreshes);
        Simulator.ExpireAccessTokens(1);
        Assert.All(await Task.WhenAll(clients.Select(GetAsync)), status => Assert.Equal(HttpStatusCode.OK, status));
        Assert.Equal((1, 1), (Requests("userinfo") - questions, Refreshes - refreshes));
        await UntilAsync(status => status.Rollout is { Outcome: Outcome.Succeeded, Applied: 10, Rejected: 0 }, "all use the new session");
        foreach (var watch in watches)
            await watch.DisposeAsync();
    }

    [Fact]
    public async Task A_refusal_by_policy_is_no_loop()
    {
        await Client.ConnectAsync();
        await using var watch = Watch("node");
        using var http = Http(watch);
        var (questions, refreshes) = (Requests("userinfo"), Refreshes);
        Simulator.Fail(Endpoint.Data, Failure.Rest(401, "INVALID_SESSION_ID", "This session is not valid for use with the REST API"), times: 10);
        for (var i = 0; i < 10; i++)
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http));
        await UntilAsync(status => status.Rollout?.Rejected == 1, "it is counted");
        var node = Assert.Single((await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes);
        Assert.Equal(FailureClass.NotPermitted, node.Failure.FailureClass);
        Assert.Equal((0, 0), (Requests("userinfo") - questions, Refreshes - refreshes));
        // A session that works again is no longer a failure.
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http));
        await UntilAsync(status => status.Rollout is { Rejected: 0, Outcome: Outcome.Succeeded }, "it is taken back");
    }

    private CredentialWatch Watch(string name) => new(new() { Address = Service.Grpc, NodeId = name });

    private static HttpClient Http(CredentialWatch watch) =>
        new(new SalesforceSessionHandler(watch.For("acme")) { InnerHandler = new SocketsHttpHandler() }) { BaseAddress = SalesforceSessionHandler.BaseAddress };

    private static async Task<HttpStatusCode> GetAsync(HttpClient http)
    {
        using var response = await http.GetAsync(new Uri(Path, UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
