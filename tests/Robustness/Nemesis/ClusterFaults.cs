using GrpcCreds.Tests.Robustness.Supervisor;

namespace GrpcCreds.Tests.Robustness.Nemesis;

/// <summary>The faults of one shard of a cluster, which has one replica; the other shards go on.</summary>
internal static class ClusterFaults
{
    private static readonly TimeSpan LongEnoughToPromote = TimeSpan.FromSeconds(8);

    public static readonly Fault PrimaryWithClients = new("a primary cut from all but clients", async topology =>
    {
        var primary = (await topology.ShardAsync(partition: 2)).Primary;
        topology.Network.Part([primary.Name], topology.Nodes.Where(node => node != primary).Select(node => node.Name));
        await Task.Delay(LongEnoughToPromote);
    });

    public static readonly IReadOnlyList<Fault> All =
    [
        new("kill -9 a primary", async topology =>
        {
            await Fault.KillPrimaryAsync(topology, partition: 1);
            await Task.Delay(2000);
        }),
        new("a primary frozen 8 s", async topology => await Fault.FreezeAsync((await topology.ShardAsync()).Primary, LongEnoughToPromote)),
        PrimaryWithClients,
        new("a slot moves", topology => ((ClusterTopology)topology).MoveAsync(partition: 1)),
        new("a replica dead 6 s", async topology => await Fault.KillAsync((await topology.ShardAsync()).Replicas[0], TimeSpan.FromSeconds(6))),
        new("a primary's replies lost 3 s", async topology =>
        {
            topology.Network.Cut((await topology.ShardAsync()).Primary.Name, Network.Clients);
            await Task.Delay(3000);
        }),
    ];
}
