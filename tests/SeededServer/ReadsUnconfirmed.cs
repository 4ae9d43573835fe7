using System.Net;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: commits are confirmed, and nothing else; what is read may not stand.</summary>
internal sealed class ReadsUnconfirmed(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    public override Task<T> GuardAsync<T>(Func<Task<T>> operation) => typeof(T) == typeof(CommitOutcome) ? base.GuardAsync(operation) : operation();
}
