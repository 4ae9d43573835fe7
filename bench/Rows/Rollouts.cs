using System.Diagnostics;
using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>How long the status of a tenant with very many nodes takes, asked once a second after a change has reached them.</summary>
internal static class Rollouts
{
    private const int Nodes = 20_000;
    private const int Asked = 10;

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        var peers = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds()).OfType<GrpcCredsPeer>().ToList();
        var figures = new Dictionary<Peer, List<double[]>>();
        await Lab.WithAsync(peers, async () =>
        {
            foreach (var peer in peers)
            {
                var without = await AskAsync(peer);
                // A thousand streams on each connection.
                await using var fleet = await Fleet.OpenAsync(peer, lab.Scaled(Nodes), nodesPerConnection: 1_000);
                await fleet.ChangeAsync();
                figures[peer] = [.. (await AskAsync(peer)).Zip(without, (many, none) => new[] { many, none })];
            }
            return 0;
        });
        return
        [
            Lab.Line("rollout", $"status of a tenant with {lab.Scaled(Nodes)} nodes, ms", "≤ 1 more than without", 0, (figures, 0)) with { Ratio = [] },
            Lab.Line("rollout-none", "the same without nodes, ms", "", 1, (figures, 0)) with { Ratio = [] },
        ];
    }

    private static async Task<List<double>> AskAsync(GrpcCredsPeer peer)
    {
        var times = new List<double>();
        for (var i = 0; i <= Asked; i++)
        {
            var at = Stopwatch.GetTimestamp();
            await peer.StatusAsync();
            times.Add(Stopwatch.GetElapsedTime(at).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromSeconds(1));
        }
        return times[1..];
    }
}
