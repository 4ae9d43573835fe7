using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Presence = GrpcCreds.V1.Presence;

namespace GrpcCreds.Tests.Rollout;

/// <summary>Two services in this process on one redis-server, and what each does about what the other knows.</summary>
public sealed class TwoServersNodesTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly List<Service> services = [];
    private RedisServer? redis;
    private Simulator? simulator;

    private SyncCredentials.SyncCredentialsClient One => services[0].Client;

    private SyncCredentials.SyncCredentialsClient Two => services[1].Client;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        for (var i = 0; i < 2; i++)
            services.Add(await Service.StartAsync(simulator, directory, settings: [$"ConnectionStrings:Redis={redis.ConnectionString}"]));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var service in services)
            await service.DisposeAsync();
        await simulator!.DisposeAsync();
        await redis!.DisposeAsync();
        directory.Dispose();
    }

    [Fact]
    public async Task A_stream_that_its_process_has_replaced_at_another_server_is_ended()
    {
        await One.ActivateAsync();
        using var older = await ReportingNode.OpenAsync(One);
        using var elsewhere = await ReportingNode.OpenAsync(One, "another");
        using var newer = await ReportingNode.OpenAsync(Two, instance: older.InstanceId, known: older.Revision);
        var end = older.EndAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                await LookAsync(services[0]);
                return end.IsCompleted;
            },
            "the older stream has ended");
        (await end).Is(StatusCode.Aborted, "STREAM_REPLACED");
        // Nobody else's.
        Assert.Equal(ReportVerdict.Noted, (await elsewhere.AppliesAsync()).Verdict);
        Assert.Equal([Presence.Connected, Presence.Connected], (await Two.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(node => node.Presence));
    }

    [Fact]
    public async Task What_tells_nothing_any_more_is_taken_away()
    {
        await One.ActivateAsync();
        var before = await ReportingNode.OpenAsync(One);
        await before.AppliesAsync();
        before.Dispose();
        await Waiting.UntilAsync(async () => (await EntriesAsync()).All(entry => entry.Name.IsObserver || !entry.IsOpen), "its stream has ended there");
        using var after = await ReportingNode.OpenAsync(Two, instance: before.InstanceId, known: before.Revision);
        await after.AppliesAsync();
        await Waiting.UntilAsync(
            async () =>
            {
                await LookAsync(services[0]);
                return (await EntriesAsync()).Count(entry => !entry.Name.IsObserver) == 1;
            },
            "only the entry of the second server is left");
        Assert.Equal((Presence.Connected, after.Revision),
            (await One.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Select(node => (node.Presence, node.AppliedRevision)).Single());
    }

    [Fact]
    public async Task What_one_server_sent_may_be_rejected_at_another()
    {
        await One.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(One);
        await Waiting.UntilAsync(async () => (await EntriesAsync()).Any(entry => entry.Sent == node.Revision), "it is written down");
        simulator!.EndSessions(Calls.User);
        var request = new ReportCredentialsRequest
        {
            NodeId = "node-1",
            Reports = { new NodeReport { TenantId = "acme", Revision = node.Revision,
                Outcome = ReportedOutcome.Rejected, FailureClass = FailureClass.SessionRefused } },
        };
        Assert.Equal(ReportVerdict.Superseded, (await Two.ReportCredentialsAsync(request)).Results[0].Verdict);
    }

    [Theory]
    [InlineData("6f1e1f0e-0000-4000-8000-000000000001", "")]
    [InlineData("", "6f1e1f0e-0000-4000-8000-000000000001")]
    public async Task A_report_at_another_server_counts_for_the_one_process_of_its_name(string ofStream, string ofReport)
    {
        await One.ActivateAsync();
        using var node = await ReportingNode.OpenAsync(One, instance: ofStream);
        await Waiting.UntilAsync(async () => (await EntriesAsync()).Any(entry => entry.Sent == node.Revision), "it is written down");
        var request = new ReportCredentialsRequest
        {
            NodeId = "node-1",
            InstanceId = ofReport,
            Reports = { new NodeReport { TenantId = "acme", Revision = node.Revision, Outcome = ReportedOutcome.Applied } },
        };
        await Waiting.UntilAsync(
            async () => !(await Two.ReportCredentialsAsync(request)).Results[0].NotCounted
                && (await One.StatusAsync()).Rollout?.Outcome == Outcome.Succeeded, "the rollout is done");
        Assert.Equal(ofStream, (await One.ListNodesAsync(new() { TenantId = "acme" })).Nodes.Single().InstanceId);
    }

    private static Task LookAsync(Service service) =>
        service.Services.GetRequiredService<NodeRegistryWorker>().LookAsync(TestContext.Current.CancellationToken);

    private async Task<IEnumerable<NodeEntry>> EntriesAsync() =>
        (await services[0].Services.GetRequiredService<IStore>()
            .NodesSinceAsync(TenantId.Parse("acme"), 0, TestContext.Current.CancellationToken)).Nodes.Select(node => NodeEntry.Parse(node.Value)!);
}
