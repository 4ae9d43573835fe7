using System.Diagnostics;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>How long it takes until all nodes are back after kill -9 and a restart, from the restart.</summary>
internal static class Reconnects
{
    private const int Nodes = 10_000;

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        var peers = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds(), lab.Bare());
        var (figures, others) = (peers.ToDictionary(peer => peer, _ => new List<double[]>()), 0.0);
        await Lab.WithAsync(peers, async () =>
        {
            foreach (var peer in peers)
            {
                await using var fleet = await Fleet.OpenAsync(peer, lab.Scaled(Nodes));
                for (var turn = 0; turn < (lab.Quick ? 1 : 3); turn++)
                {
                    await peer.KillAsync();
                    var at = Stopwatch.GetTimestamp();
                    var share = await Machine.OthersShareAsync(async () =>
                    {
                        await peer.StartAsync();
                        await fleet.StandsAsync();
                    });
                    figures[peer].Add([Stopwatch.GetElapsedTime(at).TotalSeconds]);
                    others = Math.Max(others, share);
                }
            }
            return 0;
        });
        return [Lab.Line("reconnect", $"kill -9, restart → {lab.Scaled(Nodes)} nodes, one connection each, are back, s", "≤ 10", 0, (figures, others))];
    }
}
