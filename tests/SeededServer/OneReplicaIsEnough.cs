using System.Net;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: one replica is enough for a confirmation, however many could be promoted.</summary>
internal sealed class OneReplicaIsEnough(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    protected override int Needed(ReplicaQuorum quorum, IReadOnlyCollection<string> connected) => Math.Min(1, base.Needed(quorum, connected));
}
