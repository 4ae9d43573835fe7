using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>Durable writes and reads by callers that wait for each answer.</summary>
internal static class Calls
{
    public static async Task<IReadOnlyList<Line>> WritesAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        await using var other = await lab.RedisAsync();
        var peers = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds(), lab.Etcd(), other is null ? null : lab.Bare(other));
        var found = await Lab.WithAsync(peers, () => lab.InTurnsAsync(peers, peer => MeasureAsync(lab, peer, peer.WriteAsync)));
        return
        [
            Lab.Line("writes", $"durable writes per second, {Callers.Count} callers", "≥ 0.6 × etcd, ≥ 0.9 × bare with one Redis script", 0, found),
            Lab.Line("write-cpu", "server CPU per durable write, µs", "≤ 120 Redis, ≤ 200 SQLite", 1, found),
        ];
    }

    public static async Task<IReadOnlyList<Line>> ReadsAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        var peers = lab.Chosen(lab.GrpcCreds(redis), lab.GrpcCreds(), lab.Etcd(), lab.Bare());
        var found = await Lab.WithAsync(
            peers, () => lab.InTurnsAsync(peers, peer => MeasureAsync(lab, peer, (from, caller, _) => peer.ReadAsync(from, caller))));
        return
        [
            Lab.Line("reads", $"reads of the session in use per second, {Callers.Count} callers", "≥ 1 × etcd", 0, found),
            Lab.Line("read-cpu", "server CPU per read, µs", "", 1, found),
        ];
    }

    private static async Task<double[]> MeasureAsync(Lab lab, Peer peer, Func<Grpc.Core.ChannelBase, int, long, Task> call)
    {
        var (rate, cpu) = await Callers.RunAsync(peer, call, TimeSpan.FromSeconds(lab.Quick ? 2 : 6));
        return [rate, cpu];
    }
}
