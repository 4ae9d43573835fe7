using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Rollout;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

/// <summary>Fleets whose nodes are spread over several servers on one redis-server.</summary>
[Collection(OneAtATime.Name)]
public sealed class FleetTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_hundred_nodes_on_three_servers_that_reject_a_session_cause_one_question_and_one_renewal()
    {
        await using var deployment = await RedisDeployment.StartAsync(new SimulatorOptions { AutoApprove = true }, OAuthAdministration.Settings);
        deployment.Simulator.ChangeApp(DefaultApps.Demo.ConsumerKey, app => app with { RotateRefreshTokens = true });
        var clients = new List<SyncCredentials.SyncCredentialsClient>();
        for (var i = 0; i < 3; i++)
            clients.Add(deployment.ClientOf(await deployment.AddServiceAsync()));
        await clients[0].ConnectAsync();
        var nodes = await Task.WhenAll(Enumerable.Range(0, 500).Select(number => ReportingNode.OpenAsync(clients[number % 3], $"node-{number}")));
        var (questions, tokens) = (Requests(deployment, "userinfo"), Requests(deployment, "token"));

        deployment.Simulator.ExpireAccessTokens(1);
        var verdicts = await Task.WhenAll(nodes.Select(node => node.RejectsAsync()));

        // Whenever a node asked, it is told to wait for the new session, or to use it.
        Assert.All(verdicts, verdict => Assert.True(verdict.Verdict is ReportVerdict.Superseded or ReportVerdict.Refreshing, $"{verdict}"));
        var told = await Task.WhenAll(nodes.Select(node => node.NextAsync()));
        Assert.Equal(Assert.Single(deployment.Simulator.Sessions()).Id,
            Assert.Single(told.Select(message => message.Credential.Session.AccessToken).Distinct()));
        Assert.Equal((1, 1), (Requests(deployment, "userinfo") - questions, Requests(deployment, "token") - tokens));

        // And all that is counted, by every server alike.
        await Task.WhenAll(nodes.Select(node => node.AppliesAsync()));
        foreach (var client in clients)
            await UntilAsync(client, counts => (counts.Expected, counts.Applied, counts.Rejected, counts.Outcome) == (500, 500, 0, Outcome.Succeeded));
        foreach (var node in nodes)
            node.Dispose();
    }

    [Fact]
    public async Task A_node_that_moves_is_one_and_nodes_of_a_server_that_died_are_waited_for_and_then_lost()
    {
        await using var deployment = await RedisDeployment.StartAsync(null, "Clock:Adjustable=true");
        var (first, second) = (await deployment.AddServiceAsync(), await deployment.AddServiceAsync());
        var (one, two) = (deployment.ClientOf(first), deployment.ClientOf(second));
        var (revision, _) = await deployment.SetAsync(first, "acme");
        var stays = await ReportingNode.OpenAsync(one, "stays");
        var moves = await ReportingNode.OpenAsync(one, "moves");
        using var other = await ReportingNode.OpenAsync(two, "other");
        foreach (var node in new[] { stays, moves, other })
            await node.AppliesAsync();
        await UntilAsync(two, counts => (counts.Revision, counts.Expected, counts.Outcome) == (revision, 3, Outcome.Succeeded));

        using var moved = await ReportingNode.OpenAsync(two, "moves", instance: moves.InstanceId, known: moves.Revision);
        moves.Dispose();
        foreach (var client in new[] { one, two })
        {
            await UntilAsync(client, counts => (counts.Expected, counts.Applied) == (3, 3));
            Assert.DoesNotContain(Warning.NodeNameShared, (await client.StatusAsync()).Warnings);
            Assert.Equal(["moves", "other", "stays"], (await client.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(node => node.NodeId));
        }

        // Nobody writes down any more that its streams have ended.
        await first.KillAsync();
        var off = (await two.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off })).Status;
        foreach (var node in new[] { moved, other })
        {
            await node.NextAsync();
            await node.AppliesAsync();
        }
        await UntilAsync(two, counts => (counts.Revision, counts.Expected, counts.Applied, counts.Outcome) == (off.Revision, 3, 2, Outcome.Pending));
        await second.AdvanceAsync("00:00:21");
        await UntilAsync(two, counts => (counts.Expected, counts.Lost) == (3, 0));
        await second.AdvanceAsync("00:02:00");
        await UntilAsync(two, counts => (counts.Expected, counts.Lost, counts.Outcome) == (2, 1, Outcome.Succeeded));
        var lost = (await two.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Single(node => node.NodeId == "stays");
        Assert.Equal((Presence.Lost, revision), (lost.Presence, lost.AppliedRevision));
        stays.Dispose();
    }

    [Fact]
    public async Task Reports_outlive_a_kill_of_every_server_and_of_the_store()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var (first, second) = (await deployment.AddServiceAsync(), await deployment.AddServiceAsync());
        var (revision, _) = await deployment.SetAsync(first, "acme");
        for (var i = 0; i < 20; i++)
        {
            var client = deployment.ClientOf(i % 2 == 0 ? first : second);
            var result = (await client.ReportCredentialsAsync(new() { NodeId = $"node-{i}",
                Reports = { new NodeReport { TenantId = "acme", Revision = revision, Outcome = ReportedOutcome.Applied } } })).Results.Single();
            Assert.Equal(ReportVerdict.Noted, result.Verdict);
        }
        // As soon as they are answered.
        await first.KillAsync();
        await second.KillAsync();
        await deployment.Redis.RestartAsync();
        await first.StartAsync();
        var counts = (await deployment.ClientOf(first).StatusAsync()).Rollout;
        Assert.Equal((20, 20, Outcome.Succeeded), (counts.Expected, counts.Applied, counts.Outcome));
    }

    [Fact]
    public async Task Ten_thousand_nodes_of_one_tenant_are_counted()
    {
        const int Nodes = 10_000;
        await using var deployment = await RedisDeployment.StartAsync(null, "Limits:CallsPerSecond=100000", "Limits:CallsPerSecondInAll=100000");
        var services = new[] { await deployment.AddServiceAsync(), await deployment.AddServiceAsync() };
        var (revision, _) = await deployment.SetAsync(services[0], "acme");
        var clients = services.Select(deployment.ClientOf).ToArray();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Nodes),
            new ParallelOptions { MaxDegreeOfParallelism = 2000, CancellationToken = Token },
            async (number, cancel) => await clients[number % 2].ReportCredentialsAsync(
                new() { NodeId = $"node-{number}", Reports = { new NodeReport { TenantId = "acme", Revision = revision, Outcome = ReportedOutcome.Applied } } },
                cancellationToken: cancel));
        foreach (var client in clients)
            await UntilAsync(client, counts => (counts.Expected, counts.Applied, counts.Outcome) == (Nodes, Nodes, Outcome.Succeeded));
        var (names, token) = (new HashSet<string>(), "");
        do
        {
            var page = await clients[1].ListNodesAsync(new() { TenantId = "acme", PageSize = 1000, PageToken = token }, cancellationToken: Token);
            names.UnionWith(page.Nodes.Select(node => node.NodeId));
            token = page.NextPageToken;
        }
        while (token != "");
        Assert.Equal(Nodes, names.Count);
    }

    private static int Requests(RedisDeployment deployment, string endpoint) =>
        deployment.Simulator.Requests().Count(request => request.Path == $"/services/oauth2/{endpoint}");

    private static async Task UntilAsync(SyncCredentials.SyncCredentialsClient client, Func<RolloutCounts, bool> condition)
    {
        RolloutCounts? counts = null;
        try
        {
            await Waiting.UntilAsync(async () => (counts = (await client.StatusAsync()).Rollout) is not null && condition(counts), "the nodes are counted so");
        }
        catch (Xunit.Sdk.TrueException e)
        {
            throw new InvalidOperationException($"they are counted {counts}", e);
        }
    }
}
