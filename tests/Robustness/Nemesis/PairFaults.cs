namespace GrpcCreds.Tests.Robustness.Nemesis;

/// <summary>The faults of one primary with one replica that nobody promotes.</summary>
internal static class PairFaults
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(6);

    public static readonly IReadOnlyList<Fault> All =
    [
        new("the replica dead 6 s", async topology => await Fault.KillAsync((await topology.ShardAsync()).Replicas[0], Time)),
        new("the replica frozen 6 s", async topology => await Fault.FreezeAsync((await topology.ShardAsync()).Replicas[0], Time)),
        new("the replica cut off 6 s", async topology =>
        {
            var shard = await topology.ShardAsync();
            topology.Network.Part([shard.Primary.Name], shard.Replicas[0].Name);
            await Task.Delay(Time);
        }),
        new("the primary dead 3 s", async topology => await Fault.KillAsync((await topology.ShardAsync()).Primary, TimeSpan.FromSeconds(3))),
        new("the primary frozen 6 s", async topology => await Fault.FreezeAsync((await topology.ShardAsync()).Primary, Time)),
    ];
}
