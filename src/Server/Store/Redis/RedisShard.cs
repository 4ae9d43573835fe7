using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>A primary, and what must confirm its writes, as the servers last reported it.</summary>
/// <param name="Name">Tells the shard apart: the id of its primary in a Cluster.</param>
/// <param name="Primary">Its address.</param>
/// <param name="Quorum">Which replicas must confirm a write.</param>
internal sealed record RedisShard(string Name, EndPoint Primary, ReplicaQuorum Quorum);
