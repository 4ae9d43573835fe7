using System.Net;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: WAIT, which has no key, is left to the client library, which sends it to any primary of a cluster.</summary>
internal sealed class AnyNodeConfirms(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    private readonly IDatabase lane = lane;

    protected override async Task<Round> RoundAsync(CancellationToken cancellationToken)
    {
        var confirmed = (int)await lane.ExecuteAsync("WAIT", 1, 500).WaitAsync(cancellationToken);
        var round = await base.RoundAsync(cancellationToken);
        return confirmed >= 1 ? round : new Round(null, "no replica confirmed in time");
    }

    // The round itself only asks for the reign.
    protected override int Needed(ReplicaQuorum quorum, IReadOnlyCollection<string> connected) => 0;
}
