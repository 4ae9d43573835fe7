using System.Net;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: a confirmation is handed out again for a moment, also to operations that ended after it.</summary>
internal sealed class OldConfirmation(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    private const int Milliseconds = 200;

    private (Round Round, long At)? last;

    protected override async Task<Round> RoundAsync(CancellationToken cancellationToken)
    {
        if (last is { } old && Environment.TickCount64 - old.At < Milliseconds)
            return old.Round;
        var round = await base.RoundAsync(cancellationToken);
        last = round.Reign is null ? null : (round, Environment.TickCount64);
        return round;
    }
}
