using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>That the harness sees what it is there for: a service that is allowed to trust a replicated store as if it were one server loses writes.</summary>
[Collection(OneAtATime.Name)]
public sealed class BaselineTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Without_replication_confirmed_a_failover_loses_writes_and_is_found_out()
    {
        Follower? follower = null;
        await using var deployment = await Deployment.StartAsync(new SentinelTopology(), topology =>
        {
            follower = new((SentinelTopology)topology, topology.Nodes[0]);
            return [$"ConnectionStrings:Redis={follower.Address}", "Store:AllowWeakDurability=true"];
        });
        await using var _ = follower!;
        var result = await Round.RunAsync(deployment, SentinelFaults.LagThenDeaths, 1, 1);
        output.WriteLine(result.ToString());
        Assert.All(new[] { "lost", "vanished" }, kind => Assert.True(result.Count(kind) > 0, kind));
    }

    [Fact]
    public async Task Without_a_failover_nothing_is_found()
    {
        await using var deployment = await Deployment.StartAsync(new PairTopology(),
            topology => [$"ConnectionStrings:Redis={topology.Nodes[0].Host.Address}", "Store:AllowWeakDurability=true"]);
        var random = RunPlan.Seeded(output);
        var faults = PairFaults.All.ToArray();
        random.Shuffle(faults);
        for (var round = 0; round < (RunPlan.IsFull ? faults.Length : 1); round++)
        {
            var result = await Round.RunAsync(deployment, faults[round], round, random.Next());
            output.WriteLine(result.ToString());
            Assert.Empty(result.Violations);
        }
    }
}
