using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>What two faults at once may lose is not promised; that all servers and nodes agree again afterwards is.</summary>
[Collection(OneAtATime.Name)]
public sealed class DoubleFaultTests(ITestOutputHelper output)
{
    private static readonly string[] Promised = ["not converged", "unsettled", "surprise", "twice"];

    [Fact]
    public Task All_replicas_of_a_master_and_then_the_master() => AgreesAgainAsync(new SentinelTopology(), DoubleFaults.AllButOneThenThatOne);

    [Fact]
    public Task The_replica_of_a_shard_and_then_its_primary() => AgreesAgainAsync(new ClusterTopology(), DoubleFaults.FrozenThenPrimary);

    private async Task AgreesAgainAsync(Topology topology, Fault fault)
    {
        await using var deployment = await Deployment.StartAsync(topology);
        var result = await Round.RunAsync(deployment, fault, 0, RunPlan.Seeded(output).Next());
        output.WriteLine(result.ToString());
        Assert.All(Promised, kind => Assert.Equal(0, result.Count(kind)));
    }
}
