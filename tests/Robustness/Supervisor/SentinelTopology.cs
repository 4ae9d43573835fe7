namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>One master, two replicas, three Sentinels.</summary>
internal sealed class SentinelTopology(bool always = false, string program = RedisServer.Redis) : Topology(always, program)
{
    public const string Service = "gc";

    /// <summary>After this time without an answer a Sentinel believes that a node is down.</summary>
    public static readonly TimeSpan DownAfter = TimeSpan.FromSeconds(2);

    private const int Replicas = 2, SentinelCount = 3;

    public override IReadOnlyList<string> Settings =>
        [$"ConnectionStrings:Redis={string.Join(',', Sentinels.Select(node => node.Host.Address))},serviceName={Service}"];

    public IEnumerable<StoreNode> Sentinels => Nodes.Except(Data);

    public override async Task<Shard> ShardAsync(int partition = 0)
    {
        var votes = await Task.WhenAll(Sentinels.Where(node => node.IsUp).Select(MasterAsync));
        var master = At(votes.OfType<string>().GroupBy(vote => vote).MaxBy(same => same.Count())!.Key);
        return new(master, [.. Data.Where(node => node != master)]);
    }

    protected override async Task PrepareAsync()
    {
        var master = await AddDataAsync("redis-1", AnnouncedToMaster);
        for (var number = 2; number <= Replicas + 1; number++)
            await AddDataAsync($"redis-{number}", host => [.. AnnouncedToMaster(host), $"replicaof {master.Host.Announced} {host.Port}"]);
        for (var number = 1; number <= SentinelCount; number++)
        {
            await AddAsync($"sentinel-{number}", host =>
            [
                $"sentinel announce-ip {host.Announced}", $"sentinel announce-port {host.Port}",
                $"sentinel monitor {Service} {master.Host.Announced} {host.Port} 2",
                $"sentinel down-after-milliseconds {Service} {DownAfter.TotalMilliseconds}", $"sentinel failover-timeout {Service} 5000",
            ], "--sentinel");
        }
    }

    protected override async Task<bool> IsHealthyAsync()
    {
        var shard = await ShardAsync();
        foreach (var sentinel in Sentinels)
        {
            var master = await sentinel.AskAsync("SENTINEL", "MASTER", Service);
            if ((master.Field("ip"), master.Field("flags"), master.Field("num-slaves"), master.Field("num-other-sentinels"))
                != (shard.Primary.Host.Announced.ToString(), "master", $"{Replicas}", $"{SentinelCount - 1}"))
                return false;
            if ((await sentinel.AskAsync("SENTINEL", "REPLICAS", Service)).Items.Any(replica => replica.Field("flags") != "slave"))
                return false;
        }
        return await IsFollowedAsync(shard.Primary, Replicas);
    }

    private static async Task<string?> MasterAsync(StoreNode sentinel)
    {
        try
        {
            return (await sentinel.AskAsync("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Service)).Texts.First();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
