using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;
using GrpcCreds.SalesforceSimulator;

namespace GrpcCreds.Bench.Rows;

/// <summary>What all rows share: the published service, Salesforce, and how often something is done.</summary>
internal sealed class Lab(string folder, string program, Simulator simulator, bool quick, string? only)
{
    public bool Quick => quick;

    public int Turns => quick ? 2 : 5;

    /// <summary>Those of the servers that are to be measured.</summary>
    public Peer[] Chosen(params Peer?[] peers) =>
        [.. peers.OfType<Peer>().Where(peer => only is null || peer.Name.StartsWith(only, StringComparison.Ordinal))];

    /// <summary>A number of nodes or tenants, smaller in a quick run.</summary>
    public int Scaled(int count) => quick ? count / 10 : count;

    /// <returns>Null if there is no redis-server on this machine.</returns>
    public async Task<RedisProcess?> RedisAsync() => Programs.Redis is null ? null : await RedisProcess.StartAsync(folder);

    public GrpcCredsPeer GrpcCreds() => new(folder, program, simulator, null);

    /// <returns>Null without Redis.</returns>
    public GrpcCredsPeer? GrpcCreds(RedisProcess? redis) => redis is null ? null : new(folder, program, simulator, redis);

    /// <summary>Another server of the same store.</summary>
    public GrpcCredsPeer GrpcCreds(RedisProcess redis, GrpcCredsPeer first) => new(folder, program, simulator, redis) { Keys = first.Keys };

    public GrpcCredsPeer Reporting(RedisProcess? redis) => new(folder, program, simulator, redis) { Reports = true };

    public BarePeer Bare(RedisProcess? redis = null) => new(folder, redis);

    /// <returns>Null if there is no etcd on this machine.</returns>
    public EtcdPeer? Etcd() => Programs.Etcd is null ? null : new(folder);

    /// <summary>Runs work with each peer in turn, again and again. The first turn warms up and is discarded.</summary>
    /// <returns>The figures of each peer, by turn, and the largest share of the machine that others used.</returns>
    public async Task<(Dictionary<Peer, List<double[]>> Figures, double Others)> InTurnsAsync(IReadOnlyList<Peer> peers, Func<Peer, Task<double[]>> work)
    {
        var (figures, others) = (peers.ToDictionary(peer => peer, _ => new List<double[]>()), 0.0);
        for (var turn = 0; turn <= Turns; turn++)
        {
            foreach (var peer in peers)
            {
                double[] values = [];
                var share = await Machine.OthersShareAsync(async () => values = await work(peer));
                if (turn == 0)
                    continue;
                figures[peer].Add(values);
                others = Math.Max(others, share);
            }
        }
        return (figures, others);
    }

    /// <summary>Makes a line of what <see cref="InTurnsAsync"/> gave.</summary>
    /// <param name="name">For <c>--only</c>.</param>
    /// <param name="what">What is measured, with its unit.</param>
    /// <param name="goal">What is aimed at.</param>
    /// <param name="index">Which of the figures.</param>
    /// <param name="found">The figures.</param>
    public static Line Line(string name, string what, string goal, int index, (Dictionary<Peer, List<double[]>> Figures, double Others) found)
    {
        var first = found.Figures.First();
        return new(
            name,
            what,
            goal,
            [.. found.Figures.Select(peer => (peer.Key.Name, Statistics.Of([.. peer.Value.Select(values => values[index])])))],
            [
                .. found.Figures.Skip(1).Select(peer =>
                    (peer.Key.Name, Statistics.Of([.. first.Value.Zip(peer.Value, (own, other) => own[index] / other[index])]))),
            ],
            found.Others);
    }

    /// <summary>Starts servers, runs work with them, and ends them.</summary>
    public static async Task<T> WithAsync<T>(IReadOnlyList<Peer> peers, Func<Task<T>> work)
    {
        try
        {
            foreach (var peer in peers)
            {
                await peer.StartAsync();
                await peer.PrepareAsync(Callers.Count);
            }
            return await work();
        }
        finally
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
        }
    }
}
