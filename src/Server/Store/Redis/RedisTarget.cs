using System.Net;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>What the settings say about how to reach Redis.</summary>
/// <param name="Named">The named servers: one Redis, nodes of a Cluster, or Sentinels.</param>
/// <param name="ServiceName">The name of the master at the Sentinels; null if the named servers are no Sentinels.</param>
/// <param name="Redis">Login, TLS and timeouts at Redis, without an address.</param>
/// <param name="Sentinel">Login and TLS at the Sentinels.</param>
internal sealed record RedisTarget(IReadOnlyList<EndPoint> Named, string? ServiceName, ConfigurationOptions Redis, ConfigurationOptions? Sentinel)
{
    /// <summary>The named servers as shown to a person.</summary>
    public override string ToString() => string.Join(", ", Named.Select(RedisAddress.Show));
}
