using GrpcCreds.Tests.Robustness.Supervisor;

namespace GrpcCreds.Tests.Robustness.Nemesis;

/// <summary>Faults that take every node that has the newest writes, while one without them comes back and is promoted.</summary>
internal static class DoubleFaults
{
    private static readonly TimeSpan UntilHeldForDead = TimeSpan.FromSeconds(5);

    /// <summary>Until a Sentinel makes a former master a replica, ten seconds pass; meanwhile it follows nobody.</summary>
    public static readonly Fault AllButOneThenThatOne = new("M and B dead and back, then A dies", async topology =>
    {
        var shard = await topology.ShardAsync();
        StoreNode[] two = [shard.Primary, shard.Replicas[1]];
        await Task.WhenAll(two.Select(node => node.KillAsync()));
        await Fault.PromotedAsync(topology, shard.Primary);
        await Task.Delay(UntilHeldForDead);
        await Task.WhenAll(two.Select(node => node.StartAsync()));
        await Task.Delay(TimeSpan.FromSeconds(3));
        var survivor = (await topology.ShardAsync()).Primary;
        await survivor.KillAsync();
        await Fault.PromotedAsync(topology, survivor);
    });

    /// <summary>The replica was connected until now as far as it knows, so it may be elected.</summary>
    public static readonly Fault FrozenThenPrimary = new("a shard's only replica frozen, its primary dies, the replica goes on", async topology =>
    {
        var shard = await topology.ShardAsync();
        shard.Replicas[0].Freeze();
        await Task.Delay(UntilHeldForDead);
        await shard.Primary.KillAsync();
        shard.Replicas[0].Continue();
        await Fault.PromotedAsync(topology, shard.Primary);
        await Task.Delay(TimeSpan.FromSeconds(2));
    });
}
