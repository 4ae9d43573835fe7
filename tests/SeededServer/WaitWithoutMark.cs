using System.Globalization;
using System.Net;
using GrpcCreds.Server.Store.Redis;
using StackExchange.Redis;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: WAIT as the first command of a connection, which has nothing to wait for and succeeds.</summary>
internal sealed class WaitWithoutMark(ConfigurationOptions redis, EndPoint primary, IDatabase lane, Func<ReplicaQuorum?> quorum, string markKey)
    : RedisBarrier(redis, primary, lane, quorum, markKey)
{
    private readonly ConfigurationOptions redis = redis;
    private readonly EndPoint primary = primary;
    private readonly Func<ReplicaQuorum?> quorum = quorum;

    protected override async Task<Round> RoundAsync(CancellationToken cancellationToken)
    {
        using var connection = await RespConnection.OpenAsync(redis, primary, cancellationToken);
        var needed = base.Needed(quorum()!, Connected);
        var waited = await connection.AskAsync(["WAIT", $"{needed}", "500"], cancellationToken);
        var round = await base.RoundAsync(cancellationToken);
        return int.TryParse(waited.Text, CultureInfo.InvariantCulture, out var confirmed) && confirmed >= needed
            ? round
            : new Round(null, "the replicas did not confirm in time");
    }

    // The round itself only asks for the reign.
    protected override int Needed(ReplicaQuorum quorum, IReadOnlyCollection<string> connected) => 0;
}
