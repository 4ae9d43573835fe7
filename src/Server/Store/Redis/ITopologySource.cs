using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Who says which servers are primaries: the settings, the Sentinels, or the nodes of a Cluster.</summary>
internal interface ITopologySource : IDisposable
{
    /// <summary>How often to ask.</summary>
    TimeSpan Interval { get; }

    /// <summary>Asks now. One call at a time.</summary>
    /// <returns>Null if nobody answered.</returns>
    /// <exception cref="StoreRefusedException">They answered that they do not know what the settings name.</exception>
    Task<RedisTopology?> LookAsync(CancellationToken cancellationToken);

    /// <summary>The servers that did not answer last time, and why.</summary>
    IReadOnlyList<(EndPoint Server, Exception Failure)> Failures { get; }
}
