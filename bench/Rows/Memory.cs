using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>The memory of a connection whose node only watches.</summary>
internal static class Memory
{
    private const int Nodes = 5_000;
    private static readonly TimeSpan Settles = TimeSpan.FromSeconds(20);

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        var (figures, others) = (new Dictionary<Peer, List<double[]>>(), 0.0);
        // A fresh process each time: memory that it once had is not given back.
        for (var turn = 0; turn < (lab.Quick ? 1 : 3); turn++)
        {
            foreach (var peer in lab.Chosen(lab.GrpcCreds(), lab.Etcd(), lab.Bare()))
            {
                var first = figures.Keys.FirstOrDefault(known => known.Name == peer.Name) ?? peer;
                if (first == peer)
                    figures[peer] = [];
                figures[first].Add(await Lab.WithAsync([peer], () => MeasureAsync(peer, lab.Scaled(Nodes))));
            }
        }
        return [Lab.Line("memory", $"memory per idle watching connection, {lab.Scaled(Nodes)} of them, KB", "≤ 40", 0, (figures, others))];
    }

    private static async Task<double[]> MeasureAsync(Peer peer, int nodes)
    {
        await using (await Fleet.OpenAsync(peer, 100))
            await Task.Delay(Settles / 4);
        var before = peer.Server.Memory;
        await using var fleet = await Fleet.OpenAsync(peer, nodes);
        await Task.Delay(Settles);
        return [(peer.Server.Memory - before) / 1024.0 / nodes];
    }
}
