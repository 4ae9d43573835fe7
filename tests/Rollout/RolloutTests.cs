using System.Diagnostics.Metrics;
using Grpc.Core;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;
using Presence = GrpcCreds.V1.Presence;

namespace GrpcCreds.Tests.Rollout;

public sealed class RolloutTests : ServiceTest
{
    private readonly DevelopmentClock clock = new(speed: 1);

    private protected override TimeProvider ServiceClock => clock;

    [Fact]
    public async Task A_rollout_is_done_when_every_node_has_applied_the_newest_revision()
    {
        var status = await Client.ActivateAsync();
        Assert.Null(status.Rollout);
        using var one = await ReportingNode.OpenAsync(Client, "one");
        using var two = await ReportingNode.OpenAsync(Client, "two");
        Assert.Equal(ReportVerdict.Noted, (await one.AppliesAsync()).Verdict);
        await CountsAsync(new() { Revision = status.Revision, Expected = 2, Applied = 1, Outcome = Outcome.Pending });

        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.RolledOut });
        Assert.Equal(1, (await watch.ResponseStream.NextAsync()).Status.Rollout.Applied);
        await two.AppliesAsync();
        var last = await watch.ResponseStream.NextAsync(message => message.Status.Rollout.Outcome == Outcome.Succeeded);
        Assert.Equal((2, 2, status.Revision), (last.Status.Rollout.Expected, last.Status.Rollout.Applied, last.Status.Rollout.Revision));
        Assert.False(await watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.OK, watch.GetStatus().StatusCode);

        // The next revision starts from zero. A node that has moved on to it is done with this one.
        var next = (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off })).Status;
        Assert.Equal((next.Revision, 2, 0, Outcome.Pending), (next.Rollout.Revision, next.Rollout.Expected, next.Rollout.Applied, next.Rollout.Outcome));
        await one.NextAsync();
        await two.NextAsync();
        await one.AppliesAsync();
        await two.RejectsAsync(FailureClass.NotPermitted);
        await CountsAsync(new() { Revision = next.Revision, Expected = 2, Applied = 1, Rejected = 1, Outcome = Outcome.Pending });
        await two.AppliesAsync();
        await CountsAsync(new() { Revision = next.Revision, Expected = 2, Applied = 2, Outcome = Outcome.Succeeded });
    }

    [Fact]
    public async Task With_nobody_expected_it_is_never_done()
    {
        await Client.ActivateAsync();
        // A watcher without a node name is not counted.
        using var observer = Client.WatchActiveCredential(Calls.Watch());
        await observer.ResponseStream.NextAsync(message => message.Synced is not null);
        using var watch = Client.WatchCredentialStatus(new() { TenantId = "acme", Until = Until.RolledOut });
        Assert.Null((await watch.ResponseStream.NextAsync()).Status.Rollout);
        using var node = await ReportingNode.OpenAsync(Client);
        Assert.Equal(Outcome.Pending, (await watch.ResponseStream.NextAsync()).Status.Rollout.Outcome);
        await node.LeavesAsync();
        var left = (await watch.ResponseStream.NextAsync(message => message.Status.Rollout.Expected == 0)).Status.Rollout;
        Assert.Equal((Outcome.Pending, 0), (left.Outcome, left.Lost));
    }

    [Fact]
    public async Task A_node_that_is_away_is_waited_for_for_two_minutes_and_then_listed_as_lost_with_what_it_held()
    {
        var status = await Client.ActivateAsync();
        using var stays = await ReportingNode.OpenAsync(Client, "stays");
        var goes = await ReportingNode.OpenAsync(Client, "goes");
        await stays.AppliesAsync();
        await goes.AppliesAsync();
        await UntilAsync(counts => counts.Outcome == Outcome.Succeeded);
        goes.Dispose();
        await UntilNodeAsync("goes", Presence.Away);
        var off = (await Client.SetActiveModeAsync(new() { TenantId = "acme", Mode = Mode.Off })).Status;
        await stays.NextAsync();
        await stays.AppliesAsync();
        clock.Advance(TimeSpan.FromSeconds(110));
        await CountsAsync(new() { Revision = off.Revision, Expected = 2, Applied = 1, Outcome = Outcome.Pending });
        clock.Advance(TimeSpan.FromSeconds(11));
        await CountsAsync(new() { Revision = off.Revision, Expected = 1, Applied = 1, Lost = 1, Outcome = Outcome.Succeeded });
        var lost = await UntilNodeAsync("goes", Presence.Lost);
        Assert.Equal((status.Revision, status.Revision), (lost.SentRevision, lost.AppliedRevision));
        clock.Advance(TimeSpan.FromHours(24));
        await UntilAsync(counts => counts.Lost == 0);
        Assert.DoesNotContain((await NodesAsync()).Nodes, node => node.NodeId == "goes");
    }

    [Fact]
    public async Task A_goodbye_counts_at_once_and_a_new_stream_takes_it_back()
    {
        await Client.ActivateAsync();
        using var one = await ReportingNode.OpenAsync(Client, "one");
        var two = await ReportingNode.OpenAsync(Client, "two");
        await one.AppliesAsync();
        Assert.Equal(ReportVerdict.Noted, (await two.LeavesAsync()).Verdict);
        await UntilAsync(counts => (counts.Expected, counts.Lost, counts.Outcome) == (1, 0, Outcome.Succeeded));
        two.Dispose();
        await UntilNodeAsync("two", Presence.Left);
        using var again = await ReportingNode.OpenAsync(Client, "two");
        await UntilAsync(counts => (counts.Expected, counts.Outcome) == (2, Outcome.Pending));
    }

    [Fact]
    public async Task Two_processes_of_one_name_are_two_nodes_and_a_warning()
    {
        await Client.ActivateAsync();
        using var one = await ReportingNode.OpenAsync(Client);
        var two = await ReportingNode.OpenAsync(Client);
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Warnings.Contains(Warning.NodeNameShared), "the warning shows");
        Assert.Equal(2, (await Client.StatusAsync()).Rollout.Expected);
        Assert.Equal(new[] { one.InstanceId, two.InstanceId }.Order(), (await NodesAsync()).Nodes.Select(node => node.InstanceId).Order());
        two.Dispose();
        await Waiting.UntilAsync(async () => !(await Client.StatusAsync()).Warnings.Contains(Warning.NodeNameShared), "the warning is gone");
    }

    [Fact]
    public async Task A_process_that_was_started_again_takes_the_place_of_the_one_before()
    {
        await Client.ActivateAsync();
        var before = await ReportingNode.OpenAsync(Client);
        await UntilNodeAsync("node-1", Presence.Connected);
        before.Dispose();
        await UntilNodeAsync("node-1", Presence.Away);
        using var after = await ReportingNode.OpenAsync(Client);
        await Waiting.UntilAsync(async () => (await NodesAsync()).Nodes is [{ Presence: Presence.Connected } only] && only.InstanceId == after.InstanceId,
            "only the new process is listed");
    }

    [Fact]
    public async Task A_newer_stream_of_one_process_replaces_the_older()
    {
        await Client.ActivateAsync();
        using var older = await ReportingNode.OpenAsync(Client);
        using var newer = await ReportingNode.OpenAsync(Client, instance: older.InstanceId.ToUpperInvariant(), known: older.Revision);
        (await older.EndAsync()).Is(StatusCode.Aborted, "STREAM_REPLACED");
        await Waiting.UntilAsync(async () => (await NodesAsync()).Nodes is [{ Presence: Presence.Connected }], "it is one node, and there");
        // The revision that it already holds counts as sent.
        Simulator.EndSessions(Calls.User);
        Assert.Equal(ReportVerdict.Superseded, (await newer.RejectsAsync()).Verdict);
    }

    [Fact]
    public async Task Nodes_are_listed_by_name_in_pages_and_those_that_are_behind_alone()
    {
        await Client.ActivateAsync();
        var nodes = new List<ReportingNode>();
        foreach (var number in Enumerable.Range(1, 7))
            nodes.Add(await ReportingNode.OpenAsync(Client, $"node-{number}"));
        foreach (var node in nodes.Take(4))
            await node.AppliesAsync();
        await UntilAsync(counts => (counts.Expected, counts.Applied) == (7, 4));
        var names = new List<string>();
        var token = "";
        do
        {
            var page = await Client.ListNodesAsync(new() { TenantId = "acme", PageSize = 3, PageToken = token });
            Assert.InRange(page.Nodes.Count, 1, 3);
            Assert.Equal(7, page.Rollout.Expected);
            names.AddRange(page.Nodes.Select(node => node.NodeId));
            token = page.NextPageToken;
        }
        while (token != "");
        Assert.Equal(Enumerable.Range(1, 7).Select(number => $"node-{number}"), names);
        Assert.Equal(["node-5", "node-6", "node-7"],
            (await Client.ListNodesAsync(new() { TenantId = "acme", BehindOnly = true })).Nodes.Select(node => node.NodeId));
        var listed = (await NodesAsync()).Nodes[0];
        Assert.Equal(("development", Presence.Connected, nodes[0].Revision, nodes[0].Revision),
            (listed.Caller, listed.Presence, listed.SentRevision, listed.AppliedRevision));
        Assert.NotNull(listed.ApplyTime);
        nodes.ForEach(node => node.Dispose());
        Assert.Empty((await Client.ListNodesAsync(new() { TenantId = "unknown" })).Nodes);
    }

    [Fact]
    public async Task Every_wrong_field_of_a_report_is_named_and_nothing_is_written()
    {
        var status = await Client.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        var request = new ReportCredentialsRequest
        {
            NodeId = "a b",
            InstanceId = "none",
            Reports =
            {
                new NodeReport { TenantId = "acme", Revision = status.Revision, Outcome = ReportedOutcome.Applied },
                new NodeReport { TenantId = "Acme" },
                new NodeReport { TenantId = "two", Revision = 1, Outcome = ReportedOutcome.Applied,
                    FailureClass = FailureClass.Throttled, SalesforceCode = "X" },
                new NodeReport { TenantId = "three", Revision = 1, Outcome = ReportedOutcome.Rejected, SalesforceCode = "Session expired or invalid" },
                new NodeReport { TenantId = "acme", Leaving = true },
            },
        };
        var error = await Client.ReportCredentialsAsync(request).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        Assert.Equal(
            [
                "instance_id", "node_id", "reports", "reports[1].outcome", "reports[1].revision",
                "reports[1].tenant_id", "reports[2].failure_class", "reports[2].salesforce_code",
                "reports[3].failure_class", "reports[3].salesforce_code",
            ],
            error.GetDetail<Google.Rpc.BadRequest>()!.FieldViolations.Select(violation => violation.Field).Order(StringComparer.Ordinal));
        Assert.Equal(0, (await UntilNodeAsync("node-1", Presence.Connected)).AppliedRevision);
        await Client.ReportCredentialsAsync(new() { NodeId = "node" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
        await Client.ListNodesAsync(new() { TenantId = "acme", PageSize = 1001, PageToken = "%" }).FailsAsync(StatusCode.InvalidArgument, "INVALID_FIELDS");
    }

    [Fact]
    public async Task One_call_reports_of_many_tenants()
    {
        var one = await Client.ActivateAsync("one");
        var two = await Client.ActivateAsync("two");
        var results = (await Client.ReportCredentialsAsync(new()
        {
            NodeId = "node",
            Reports =
            {
                new NodeReport { TenantId = "one", Revision = one.Revision, Outcome = ReportedOutcome.Applied },
                new NodeReport { TenantId = "none", Revision = one.Revision, Outcome = ReportedOutcome.Applied },
                new NodeReport { TenantId = "two", Revision = two.Revision - 1, Outcome = ReportedOutcome.Applied },
            },
        })).Results;
        Assert.Equal([("one", ReportVerdict.Noted), ("none", ReportVerdict.Noted), ("two", ReportVerdict.Superseded)],
            results.Select(result => (result.TenantId, result.Verdict)));
        Assert.Equal([one.Revision, 0, two.Revision], results.Select(result => result.NewestRevision));
        // Heard of by a report alone it is a node too.
        Assert.Equal((Presence.Away, one.Revision), (await NodesAsync("one")).Nodes.Select(node => (node.Presence, node.AppliedRevision)).Single());
        Assert.Empty((await NodesAsync("none")).Nodes);
    }

    [Fact]
    public async Task However_much_is_reported_a_tenant_is_written_once_a_second()
    {
        await Client.ActivateAsync();
        var nodes = await Task.WhenAll(Enumerable.Range(0, 50).Select(number => ReportingNode.OpenAsync(Client, $"node-{number}")));
        var started = TimeProvider.System.GetTimestamp();
        using var writes = new MetricCollector<long>(Meters, ServiceMetrics.MeterName, "grpccreds.nodes.writes");
        for (var round = 0; round < 4; round++)
        {
            await Task.WhenAll(nodes.Select(node => node.RejectsAsync(FailureClass.Throttled)));
            await Task.WhenAll(nodes.Select(node => node.AppliesAsync()));
        }
        var seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        Assert.InRange(writes.GetMeasurementSnapshot().Count, 1, seconds + 2);
        await UntilAsync(counts => counts.Outcome == Outcome.Succeeded);
        foreach (var node in nodes)
            node.Dispose();
    }

    [Fact]
    public async Task What_was_reported_is_known_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        CredentialStatus status;
        await using (var first = await Service.StartAsync(Simulator, directory))
        {
            status = await first.Client.ActivateAsync("kept");
            using var node = await ReportingNode.OpenAsync(first.Client, tenant: "kept");
            await node.AppliesAsync();
        }
        await using var second = await Service.StartAsync(Simulator, directory);
        var known = Assert.Single((await second.Client.ListNodesAsync(new() { TenantId = "kept" })).Nodes);
        Assert.Equal((Presence.Away, status.Revision, status.Revision), (known.Presence, known.SentRevision, known.AppliedRevision));
        Assert.Equal(Outcome.Succeeded, (await second.Client.StatusAsync("kept")).Rollout.Outcome);
    }

    [Fact]
    public async Task The_time_a_rollout_took_is_measured()
    {
        using var times = new MetricCollector<double>(Meters, ServiceMetrics.MeterName, "grpccreds.rollout.time");
        await Client.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(Client);
        await node.AppliesAsync();
        await Waiting.UntilAsync(() => times.LastMeasurement is not null, "it is measured");
        Assert.InRange(Assert.Single(times.GetMeasurementSnapshot()).Value, 0, 10);
    }

    private IMeterFactory Meters => Service.Services.GetRequiredService<IMeterFactory>();

    private async Task<ListNodesResponse> NodesAsync(string tenant = "acme") => await Client.ListNodesAsync(new() { TenantId = tenant });

    private async Task<Node> UntilNodeAsync(string name, Presence presence)
    {
        Node? found = null;
        await Waiting.UntilAsync(async () => (found = (await NodesAsync()).Nodes.SingleOrDefault(node => node.NodeId == name))?.Presence == presence,
            $"{name} is {presence}");
        return found!;
    }

    private Task UntilAsync(Func<RolloutCounts, bool> condition) =>
        Waiting.UntilAsync(async () => (await Client.StatusAsync()).Rollout is { } counts && condition(counts), "the nodes are counted so");

    private async Task CountsAsync(RolloutCounts expected)
    {
        RolloutCounts? counts = null;
        try
        {
            await Waiting.UntilAsync(async () => (counts = (await Client.StatusAsync()).Rollout)?.Equals(expected) == true,
                $"the nodes are counted as {expected}", TimeSpan.FromSeconds(5));
        }
        finally
        {
            Assert.Equal(expected, counts);
        }
    }
}
