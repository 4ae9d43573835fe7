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

    /// <summary>A server that did not answer last time, and why, to show a person; null if all answered.</summary>
    (EndPoint Server, Exception Failure)? Failure { get; }
}
