using GrpcCreds.Tests.Robustness.Supervisor;

namespace GrpcCreds.Tests.Robustness.Nemesis;

/// <summary>The faults of one master M with two replicas, A and B, and three Sentinels.</summary>
internal static class SentinelFaults
{
    private static readonly TimeSpan LongEnoughToPromote = TimeSpan.FromSeconds(9);

    public static readonly Fault Failover = new("SENTINEL FAILOVER", async topology =>
    {
        var master = (await topology.ShardAsync()).Primary;
        await Sentinels(topology).First().AskAsync("SENTINEL", "FAILOVER", SentinelTopology.Service);
        await Fault.PromotedAsync(topology, master);
        await Task.Delay(TimeSpan.FromSeconds(3));
    });

    public static readonly Fault LagThenDeaths = new("A lags, then M and B die", async topology =>
    {
        var (master, (a, b)) = await RolesAsync(topology);
        topology.Network.Cut(master.Name, a.Name);
        await Task.Delay(1500);
        await Task.WhenAll(master.KillAsync(), b.KillAsync());
        topology.Network.Heal();
        await Fault.PromotedAsync(topology, master);
        await Task.Delay(1000);
    });

    public static readonly Fault KillMaster = new("kill -9 M", async topology =>
    {
        await Fault.KillPrimaryAsync(topology);
        await Task.Delay(6000);
    });

    public static readonly Fault MasterWithClients = new("M cut from all but clients", async topology =>
    {
        var master = (await topology.ShardAsync()).Primary;
        topology.Network.Part([master.Name], topology.Nodes.Where(node => node != master).Select(node => node.Name));
        await Task.Delay(LongEnoughToPromote);
    });

    public static readonly Fault FreezeMaster = new("M frozen 9 s", async topology =>
        await Fault.FreezeAsync((await topology.ShardAsync()).Primary, LongEnoughToPromote));

    public static readonly IReadOnlyList<Fault> All =
    [
        KillMaster,
        FreezeMaster,
        MasterWithClients,
        new("{M, A} cut from {B, Sentinels}", async topology =>
        {
            var (master, (a, b)) = await RolesAsync(topology);
            topology.Network.Part([master.Name, a.Name], [b.Name, .. Sentinels(topology).Select(node => node.Name)]);
            await Task.Delay(LongEnoughToPromote);
        }),
        new("only the Sentinels lose M", async topology =>
        {
            topology.Network.Part([(await topology.ShardAsync()).Primary.Name], Sentinels(topology).Select(node => node.Name));
            await Task.Delay(LongEnoughToPromote);
        }),
        Failover,
        LagThenDeaths,
        new("A dead 14 s", async topology => await Fault.KillAsync((await topology.ShardAsync()).Replicas[0], TimeSpan.FromSeconds(14))),
        new("A back, then M dies", async topology =>
        {
            await Fault.KillAsync((await topology.ShardAsync()).Replicas[0], TimeSpan.FromSeconds(5));
            await Fault.KillPrimaryAsync(topology);
        }),
        new("A frozen, then M dies", async topology =>
        {
            var (master, (a, _)) = await RolesAsync(topology);
            a.Freeze();
            await Task.Delay(3000);
            await master.KillAsync();
            await Fault.PromotedAsync(topology, master);
            a.Continue();
        }),
        new("M's replies lost 3 s", async topology =>
        {
            topology.Network.Cut((await topology.ShardAsync()).Primary.Name, Network.Clients);
            await Task.Delay(3000);
        }),
    ];

    private static IEnumerable<StoreNode> Sentinels(Topology topology) => ((SentinelTopology)topology).Sentinels;

    private static async Task<(StoreNode Master, (StoreNode A, StoreNode B) Replicas)> RolesAsync(Topology topology)
    {
        var shard = await topology.ShardAsync();
        return (shard.Primary, (shard.Replicas[0], shard.Replicas[1]));
    }
}
