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
        Func<Peer>[] makers = [() => lab.GrpcCreds(), .. Programs.Etcd is null ? [] : new Func<Peer>[] { lab.Etcd }, () => lab.Bare()];
        var (figures, others) = (new Dictionary<Peer, List<double[]>>(), 0.0);
        foreach (var make in makers)
        {
            var peer = make();
            figures[peer] = [];
            // A fresh process each time: memory that it once had is not given back.
            for (var turn = 0; turn < (lab.Quick ? 1 : 3); turn++)
            {
                var measured = turn == 0 ? peer : make();
                figures[peer].Add(await Lab.WithAsync([measured], () => MeasureAsync(measured, lab.Scaled(Nodes))));
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
