using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>What the fault tests stand on: the nodes find each other through the network, and a cut is a cut.</summary>
[Collection(OneAtATime.Name)]
public sealed class SupervisorTests
{
    [Fact]
    public async Task Sentinels_promote_a_replica_when_the_master_is_killed()
    {
        await using var topology = new SentinelTopology();
        await topology.StartAsync();
        var before = await topology.ShardAsync();
        await before.Primary.KillAsync();
        await Waiting.UntilAsync(async () => (await topology.ShardAsync()).Primary != before.Primary, "another master is named");
        await topology.HealthyAsync();
        Assert.Contains(before.Primary, (await topology.ShardAsync()).Replicas);
    }

    [Fact]
    public async Task A_cluster_promotes_a_replica_and_moves_slots()
    {
        await using var topology = new ClusterTopology();
        await topology.StartAsync();
        var before = await topology.ShardAsync(1);
        await before.Primary.AskAsync("SET", "{gc:1}:x", "kept");
        await topology.MoveAsync(1);
        await topology.HealthyAsync();
        var moved = await topology.ShardAsync(1);
        Assert.NotEqual(before.Primary, moved.Primary);
        Assert.Equal("kept", (await moved.Primary.AskAsync("GET", "{gc:1}:x")).Text);

        await moved.Primary.KillAsync();
        await Waiting.UntilAsync(async () => (await topology.ShardAsync(1)).Primary == moved.Replicas.Single(), "its replica is promoted");
        await topology.HealthyAsync();
    }

    [Fact]
    public async Task What_was_sent_through_a_cut_arrives_when_it_is_healed_and_not_before()
    {
        await using var topology = new PairTopology();
        await topology.StartAsync();
        var (primary, replica) = await topology.ShardAsync() is { Replicas: [var only] } shard ? (shard.Primary, only) : throw new InvalidOperationException();
        await primary.AskAsync("SET", "x", "1");
        await Waiting.UntilAsync(async () => (await replica.AskAsync("GET", "x")).Text == "1", "the replica follows");

        topology.Network.Cut(primary.Name, replica.Name);
        await primary.AskAsync("SET", "x", "2");
        await Task.Delay(300);
        Assert.Equal("1", (await replica.AskAsync("GET", "x")).Text);
        Assert.Equal("1", (await primary.InfoAsync("replication"))["connected_slaves"]);
        topology.Network.Heal();
        await Waiting.UntilAsync(async () => (await replica.AskAsync("GET", "x")).Text == "2", "the replica has caught up");
    }
}
