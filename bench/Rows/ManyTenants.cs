using System.Diagnostics;
using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>What a store with many tenants costs: at start, in memory, while nothing happens, and for a change of one of them.</summary>
internal static class ManyTenants
{
    private const int Tenants = 100_000;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        await using var other = await lab.RedisAsync();
        var full = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds());
        var empty = lab.Chosen(lab.GrpcCreds(other), lab.GrpcCreds());
        var figures = full.ToDictionary(peer => peer, _ => new List<double[]>());
        var costs = (Figures: full.ToDictionary(peer => peer, _ => new List<double[]>()), Others: 0.0);
        await Lab.WithAsync([.. full, .. empty], async () =>
        {
            foreach (var peer in full)
            {
                await FillAsync(peer, lab.Scaled(Tenants));
                for (var turn = 0; turn < (lab.Quick ? 1 : 3); turn++)
                    figures[peer].Add(await RestartAsync(peer, lab.Quick ? Idle / 10 : Idle));
            }
            var writes = await lab.InTurnsAsync([.. full, .. empty], async peer =>
                [(await Callers.RunAsync(peer, peer.WriteAsync, TimeSpan.FromSeconds(lab.Quick ? 2 : 6))).Cpu]);
            foreach (var (peer, without) in full.Zip(empty))
                costs.Figures[peer].AddRange(writes.Figures[peer].Zip(writes.Figures[without], (many, few) => new[] { many[0] / few[0] }));
            costs.Others = writes.Others;
            return 0;
        });
        var tenants = lab.Scaled(Tenants);
        return
        [
            Lab.Line("tenants-restart", $"{tenants} tenants: kill -9, restart → first answer, s", "≤ 1.5", 0, (figures, 0)) with { Ratio = [] },
            Lab.Line("tenants-memory", $"{tenants} tenants: memory after the restart, MB", "≤ 150", 1, (figures, 0)) with { Ratio = [] },
            Lab.Line("tenants-idle", $"{tenants} tenants: CPU while nothing happens, % of a core", "≤ 0.5", 2, (figures, 0)) with { Ratio = [] },
            Lab.Line("other-tenants", $"server CPU per write with {tenants} other tenants, as a multiple of without", "≤ 1.05", 0, costs) with { Ratio = [] },
        ];
    }

    private static async Task FillAsync(Peer peer, int tenants)
    {
        using var connection = peer.Connect();
        await Parallel.ForAsync(0, tenants, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (tenant, _) =>
            await GrpcCredsPeer.StageAsync(connection, $"tenant-{tenant}", tenant));
    }

    private static async Task<double[]> RestartAsync(Peer peer, TimeSpan idle)
    {
        await peer.KillAsync();
        var at = Stopwatch.GetTimestamp();
        await peer.StartAsync();
        var restart = Stopwatch.GetElapsedTime(at);
        // What the start leaves to do is done by then.
        await Task.Delay(TimeSpan.FromSeconds(10));
        var (memory, cpu) = (peer.Server.Memory / 1e6, peer.Server.Cpu);
        await Task.Delay(idle);
        return [restart.TotalSeconds, memory, (peer.Server.Cpu - cpu) / idle.TotalSeconds * 100];
    }
}
