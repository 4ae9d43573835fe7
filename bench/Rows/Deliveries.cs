using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>
/// What it costs to send a change to every node, and how long the last one waits. Changes come one at a time, a second apart, as they do in use.
/// </summary>
internal static class Deliveries
{
    private const int Nodes = 2_000;
    private const int Changes = 10;
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(1);

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        var peers = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds(), lab.Etcd(), lab.Bare());
        var found = await Lab.WithAsync(peers, () => lab.InTurnsAsync(peers, peer => MeasureAsync(lab, peer)));
        return
        [
            Lab.Line("delivery-cpu", $"server CPU per delivered update, {lab.Scaled(Nodes)} nodes, µs", "≤ 1.0 × etcd, ≤ 1.15 × bare", 0, found),
            Lab.Line("delivery-last", $"write answered → last of {lab.Scaled(Nodes)} nodes has it, ms", "≤ 0.7 × etcd", 1, found),
        ];
    }

    /// <summary>The same with nodes that report, beside nodes that do not.</summary>
    public static async Task<IReadOnlyList<Line>> ReportedAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        await using var other = await lab.RedisAsync();
        Peer[] peers = [lab.Reporting(redis), lab.GrpcCreds(other) ?? lab.GrpcCreds()];
        var found = await Lab.WithAsync(peers, () => lab.InTurnsAsync(peers, peer => MeasureAsync(lab, peer)));
        var line = Lab.Line("delivery-reported", "the same, each node reports that it has applied it, beside nodes that do not, µs", "≤ 2 × without", 0, found);
        return [line];
    }

    // The long run is the changes but the first; the difference leaves out what opening the streams costs.
    private static async Task<double[]> MeasureAsync(Lab lab, Peer peer)
    {
        var nodes = lab.Scaled(Nodes);
        await using var fleet = await Fleet.OpenAsync(peer, nodes);
        await fleet.ChangeAsync();
        await Task.Delay(Apart);
        var (cpu, last) = (peer.Server.Cpu, new List<double>());
        for (var i = 0; i < Changes; i++)
        {
            last.Add((await fleet.ChangeAsync()).TotalMilliseconds);
            await Task.Delay(Apart);
        }
        return [(peer.Server.Cpu - cpu) / (Changes * nodes) * 1e6, Statistics.Of(last).Median];
    }
}
