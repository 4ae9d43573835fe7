using System.Diagnostics;
using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>From the start of the process to its first answer, with an empty store.</summary>
internal static class Starts
{
    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        var (figures, others) = (new Dictionary<Peer, List<double[]>>(), 0.0);
        Func<Peer>[] makers = [() => lab.GrpcCreds(), () => lab.Bare()];
        var firsts = makers.Select(make => make()).ToArray();
        for (var turn = 0; turn <= 2 * lab.Turns; turn++)
        {
            foreach (var (make, first) in makers.Zip(firsts))
            {
                await using var peer = turn == 0 ? first : make();
                var at = Stopwatch.GetTimestamp();
                others = Math.Max(others, await Machine.OthersShareAsync(peer.StartAsync));
                if (turn == 0)
                    figures[first] = [];
                else
                    figures[first].Add([Stopwatch.GetElapsedTime(at).TotalSeconds]);
            }
        }
        return [Lab.Line("start", "process start → first answer, empty store, s", "≤ 0.5", 0, (figures, others))];
    }
}
