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

    public IReadOnlyList<(EndPoint Server, Exception Failure)> Failures => sentinels.Failures;

    public async Task<RedisTopology?> LookAsync(CancellationToken cancellationToken)
    {
        var began = Environment.TickCount64;
        var answers = await sentinels.AskAsync(
            [.. target.Named], [["SENTINEL", "MASTER", target.ServiceName!], ["SENTINEL", "REPLICAS", target.ServiceName!]], cancellationToken);
        var views = answers.Select(answer => View.Of(answer.Answers)).OfType<View>().ToList();
        if (views.Count == 0)
        {
            return Failures.Count > 0 && Failures.All(one => one.Failure is RespErrorException { IsUnknownMaster: true })
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
        var total = views.Max(view => (long)view.Others) + 1;
        var enough = Math.Max((total / 2) + 1, total - agreeing.Max(view => view.Quorum) + 1);
        var heard = agreeing.Select(view => view.HeardAgo).Order().ToList();
        var alive = views.SelectMany(view => view.Replicas).Where(replica => !replica.IsDown).ToList();
        var following = alive.Where(replica => !replica.IsMaster).ToList();
        return new ReplicaQuorum
        {
            // A former master becomes a replica some ten seconds after it is back. Until then the Sentinels know no offset of it, and prefer the others.
            Promotable = (following.Count > 0 ? following : alive).Select(replica => replica.Name).ToHashSet(),
            Known = views.SelectMany(view => view.Replicas).Select(replica => replica.Name).ToHashSet(),
            LeaseEnd = heard.Count < enough ? 0 : began - heard[(int)enough - 1] + (agreeing.Min(view => view.DownAfter) / 2),
        };
    }

    /// <summary>What one Sentinel says. Times in milliseconds.</summary>
    private sealed record View(
        EndPoint Master,
        int Epoch,
        int Others,
        int Quorum,
        int HeardAgo,
        int DownAfter,
        IReadOnlyList<(string Name, bool IsDown, bool IsMaster)> Replicas)
    {
        private const int Never = int.MaxValue;

        public static View? Of(Resp[] answers)
        {
            var master = answers[0].Pairs();
            if (RedisAddress.TryOf(master.GetValueOrDefault("ip", ""), Number("port")) is not { } server)
                return null;
            return new View(
                server,
                Number("config-epoch"),
                Number("num-other-sentinels"),
                Number("quorum"),
                // A Sentinel that holds the master for dead has not heard it, whatever the last answer was.
                IsDown(master) || !master.ContainsKey("last-ok-ping-reply") ? Never : Number("last-ok-ping-reply"),
                Number("down-after-milliseconds"),
                [.. answers[1].Items.Select(replica => replica.Pairs()).Select(replica =>
                    ($"{replica.GetValueOrDefault("ip")}:{replica.GetValueOrDefault("port")}",
                        IsDown(replica),
                        replica.GetValueOrDefault("role-reported") == "master"))]);

            int Number(string name) =>
                int.TryParse(master.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
        }

        private static bool IsDown(Dictionary<string, string> server) =>
            server.GetValueOrDefault("flags", "").Split(',').Any(flag => flag is "s_down" or "o_down");
    }
}
