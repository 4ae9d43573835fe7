using GrpcCreds.Tests.Api;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>For which node a report counts whose instance_id is not that of the stream.</summary>
public sealed class AttributionTests : ServiceTest
{
    private const string Process = "6f1e1f0e-0000-4000-8000-000000000001";
    private const string Another = "6f1e1f0e-0000-4000-8000-000000000002";

    [Theory]
    [InlineData(Process, "")]
    [InlineData("", Process)]
    [InlineData("", "")]
    [InlineData(Process, Process)]
    public async Task A_report_counts_for_the_one_process_of_its_name_whichever_of_them_leaves_its_instance_out(string ofStream, string ofReport)
    {
        var revision = (await Client.ActivateAsync()).Revision;
        using var node = await ReportingNode.OpenAsync(Client, instance: ofStream);
        using var other = await ReportingNode.OpenAsync(Client, "node-2", instance: Another);
        Assert.Equal((ReportVerdict.Noted, false), await ReportAsync("node-1", ofReport, Applied(revision)));
        Assert.Equal((ReportVerdict.Noted, false), await ReportAsync("node-2", Another, Applied(revision)));
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Rollout?.Outcome == Outcome.Succeeded, "the rollout is done");
        Assert.Equal([revision, revision], (await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(one => one.AppliedRevision));

        await ReportAsync("node-1", ofReport, new() { TenantId = "acme", Leaving = true });
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Rollout?.Expected == 1, "its goodbye counts");
    }

    [Fact]
    public async Task A_process_that_is_away_is_still_the_one()
    {
        var revision = (await Client.ActivateAsync()).Revision;
        using (await ReportingNode.OpenAsync(Client, instance: Process))
            await Waiting.UntilAsync(async () => (await NodesAsync()).SingleOrDefault()?.Presence == Presence.Connected, "it is there");
        await Waiting.UntilAsync(async () => (await NodesAsync()).SingleOrDefault()?.Presence == Presence.Away, "it is away");
        Assert.Equal((ReportVerdict.Noted, false), await ReportAsync("node-1", "", Applied(revision)));
        Assert.Equal((Process, revision), ((await NodesAsync()).Single().InstanceId, (await NodesAsync()).Single().AppliedRevision));
    }

    [Fact]
    public async Task A_report_that_may_be_of_several_processes_says_that_it_counts_for_none()
    {
        var revision = (await Client.ActivateAsync()).Revision;
        using var one = await ReportingNode.OpenAsync(Client, instance: Process);
        using var two = await ReportingNode.OpenAsync(Client, instance: Another);
        Assert.Equal((ReportVerdict.Noted, true), await ReportAsync("node-1", "", Applied(revision)));
        Assert.Equal((ReportVerdict.Noted, true), await ReportAsync("node-1", "", new() { TenantId = "acme", Leaving = true }));
        await Waiting.UntilAsync(async () => (await NodesAsync()).Count == 2, "both are there");
        Assert.All(await NodesAsync(), node => Assert.Equal((Presence.Connected, 0), (node.Presence, node.AppliedRevision)));
        // The rejected revision was sent to this caller, so the rejection is still handled.
        Simulator.EndSessions(Calls.User);
        var rejected = new NodeReport { TenantId = "acme", Revision = revision,
            Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused };
        Assert.Equal((ReportVerdict.Superseded, true), await ReportAsync("node-1", "", rejected));
        // A report that names its instance counts.
        Assert.Equal((ReportVerdict.Superseded, false), await ReportAsync("node-1", Process, Applied(revision)));
        Assert.Equal((ReportVerdict.Superseded, false), await ReportAsync("node-1", Another, Applied(revision)));
        await Waiting.UntilAsync(async () => (await NodesAsync()).All(node => node.AppliedRevision == revision), "both have applied it");
    }

    [Fact]
    public async Task Beside_a_stream_that_names_no_process_a_report_without_one_is_its_own()
    {
        var revision = (await Client.ActivateAsync()).Revision;
        using var one = await ReportingNode.OpenAsync(Client, instance: Process);
        using var unnamed = await ReportingNode.OpenAsync(Client, instance: "");
        Assert.Equal((ReportVerdict.Noted, false), await ReportAsync("node-1", "", Applied(revision)));
        await Waiting.UntilAsync(async () => (await NodesAsync()).Count == 2, "both are there");
        Assert.Equal(revision, (await NodesAsync()).Single(node => node.InstanceId == "").AppliedRevision);
    }

    private static NodeReport Applied(long revision) => new() { TenantId = "acme", Revision = revision, Outcome = ReportedOutcome.Applied };

    private async Task<(ReportVerdict Verdict, bool NotCounted)> ReportAsync(string node, string instance, NodeReport report)
    {
        var result = (await Client.ReportCredentialsAsync(new() { NodeId = node, InstanceId = instance, Reports = { report } })).Results.Single();
        return (result.Verdict, result.NotCounted);
    }

    private async Task<IReadOnlyList<Node>> NodesAsync() => (await Client.ListNodesAsync(new() { TenantId = "acme" })).Nodes;
}
