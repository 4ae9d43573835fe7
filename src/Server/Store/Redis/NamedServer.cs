using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The one server that the settings name, with as many replicas as they say.</summary>
internal sealed class NamedServer(EndPoint server, int replicas) : ITopologySource
{
    private readonly RedisTopology topology = new([new RedisShard("", server, new ReplicaQuorum { Count = replicas })]);

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public IReadOnlyList<(EndPoint Server, Exception Failure)> Failures => [];

    public Task<RedisTopology?> LookAsync(CancellationToken cancellationToken) => Task.FromResult<RedisTopology?>(topology);

    public void Dispose()
    {
        // It has no connections.
    }
}
