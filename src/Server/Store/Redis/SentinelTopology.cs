using System.Globalization;
using System.Net;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Asks all Sentinels which server is the master, and which replicas they could promote.</summary>
/// <remarks>
/// A failover needs the word of <c>quorum</c> Sentinels that the master has been silent for <c>down-after-milliseconds</c>, and the votes of a majority. So
/// while so many have heard it within half that time that the others are too few, no other server can have become the master: that is the lease. A forced
/// failover (SENTINEL FAILOVER) needs no such word; it too promotes a replica that a Sentinel does not hold for dead.
/// </remarks>
internal sealed class SentinelTopology(RedisTarget target, int? replicas) : ITopologySource
{
    private readonly Witnesses sentinels = new(target.Sentinel!);
    private RedisTopology? last;

    public TimeSpan Interval => TimeSpan.FromMilliseconds(200);

    public (EndPoint Server, Exception Failure)? Failure => sentinels.Failure;

    public async Task<RedisTopology?> LookAsync(CancellationToken cancellationToken)
    {
        var began = Environment.TickCount64;
        var answers = await sentinels.AskAsync(
            [.. target.Named], [["SENTINEL", "MASTER", target.ServiceName!], ["SENTINEL", "REPLICAS", target.ServiceName!]], cancellationToken);
        var views = answers.Select(answer => View.Of(answer.Answers)).OfType<View>().ToList();
        if (views.Count == 0)
        {
            return Failure is (_, RespErrorException { Error: var error }) && error.StartsWith("ERR No such master", StringComparison.Ordinal)
                ? throw new StoreRefusedException(
                    StoreReason.Misconfigured, $"the Sentinels at {target} do not know the master that serviceName= in {RedisSettings.Name} names")
                : last;
        }
        // After a failover the Sentinels learn of it one by one.
        var newest = views.MaxBy(view => view.Epoch)!;
        var agreeing = views.Where(view => view.Master.Equals(newest.Master)).ToList();
        var quorum = replicas is { } count ? new ReplicaQuorum { Count = count } : Quorum(agreeing, views, began);
        return last = new RedisTopology([new RedisShard("", newest.Master, quorum)]);
    }

    public void Dispose() => sentinels.Dispose();

    private static ReplicaQuorum Quorum(List<View> agreeing, List<View> views, long began)
    {
        var total = views.Max(view => view.Sentinels);
        var enough = Math.Max((total / 2) + 1, total - agreeing.Max(view => view.Quorum) + 1);
        var heard = agreeing.Select(view => view.HeardAgo).Order().ToList();
        return new ReplicaQuorum
        {
            Promotable = views.SelectMany(view => view.Replicas).Where(replica => !replica.IsDown).Select(replica => replica.Name).ToHashSet(),
            Known = views.SelectMany(view => view.Replicas).Select(replica => replica.Name).ToHashSet(),
            LeaseEnd = heard.Count < enough ? 0 : began - heard[enough - 1] + (agreeing.Min(view => view.DownAfter) / 2),
        };
    }

    /// <summary>What one Sentinel says. Times in milliseconds.</summary>
    private sealed record View(
        EndPoint Master, long Epoch, int Sentinels, int Quorum, long HeardAgo, long DownAfter, IReadOnlyList<(string Name, bool IsDown)> Replicas)
    {
        public static View? Of(Resp[] answers)
        {
            var master = answers[0].Pairs();
            if (!master.TryGetValue("ip", out var host) || Number("port") is not (> 0 and < 65536) || Number("down-after-milliseconds") <= 0)
                return null;
            return new View(
                RedisAddress.Of(host, (int)Number("port")),
                Number("config-epoch"),
                (int)Number("num-other-sentinels") + 1,
                (int)Number("quorum"),
                // A Sentinel that holds the master for dead has not heard it, whatever the last answer was.
                IsDown(master) ? long.MaxValue / 2 : Number("last-ok-ping-reply"),
                Number("down-after-milliseconds"),
                [.. answers[1].Items.Select(replica => replica.Pairs()).Select(replica =>
                    ($"{replica.GetValueOrDefault("ip")}:{replica.GetValueOrDefault("port")}", IsDown(replica)))]);

            long Number(string name) =>
                long.TryParse(master.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        }

        private static bool IsDown(Dictionary<string, string> server) =>
            server.GetValueOrDefault("flags", "").Split(',').Any(flag => flag is "s_down" or "o_down");
    }
}
