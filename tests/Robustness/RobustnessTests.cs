using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

[Collection(OneAtATime.Name)]
public sealed class RobustnessTests(ITestOutputHelper output)
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
        Assert.True(result.Count("lost") > 0);
    }
}
