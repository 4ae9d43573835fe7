using System.Globalization;
using System.Net;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: WAIT, which has no key, is sent to another primary of the cluster, as a client library may do with such commands.</summary>
internal sealed class AnyNodeConfirms(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    private readonly ConfigurationOptions redis = redis;
    private readonly EndPoint primary = primary;

    protected override async Task<Round> RoundAsync(CancellationToken cancellationToken)
    {
        using var connection = await RespConnection.OpenAsync(redis, primary, cancellationToken);
        var nodes = (await connection.AskAsync(["CLUSTER", "NODES"], cancellationToken)).Text!.Split('\n').Select(line => line.Split(' '));
        var other = nodes.First(node => node is [_, _, "master", ..])[1].Split('@')[0];
        using var elsewhere = await RespConnection.OpenAsync(redis, IPEndPoint.Parse(other), cancellationToken);
        await elsewhere.AskAsync(["PING"], cancellationToken);
        var waited = await elsewhere.AskAsync(["WAIT", "1", "500"], cancellationToken);
        var round = await base.RoundAsync(cancellationToken);
        return int.TryParse(waited.Text, CultureInfo.InvariantCulture, out var confirmed) && confirmed >= 1
            ? round
            : new Round(null, "no replica confirmed in time");
    }

    // The round itself only asks for the reign.
    protected override int Needed(ReplicaQuorum quorum, IReadOnlyCollection<string> connected) => 0;
}
