namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>A primary with one replica, and nobody who would promote it.</summary>
internal sealed class PairTopology(bool always = false, string program = RedisServer.Redis) : Topology(always, program)
{
    public override IReadOnlyList<string> Settings => [$"ConnectionStrings:Redis={Nodes[0].Host.Address}", "Store:Replicas=1"];

    public override Task<Shard> ShardAsync(int partition = 0) => Task.FromResult(new Shard(Nodes[0], [Nodes[1]]));

    protected override async Task PrepareAsync()
    {
        var primary = await AddDataAsync("primary", AnnouncedToMaster);
        await AddDataAsync("replica", host => [.. AnnouncedToMaster(host), $"replicaof {primary.Host.Announced} {host.Port}"]);
    }

    protected override Task<bool> IsHealthyAsync() => IsFollowedAsync(Nodes[0], 1);
}
