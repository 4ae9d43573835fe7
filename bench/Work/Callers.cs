using System.Diagnostics;
using Grpc.Core;
using GrpcCreds.Bench.Peers;

namespace GrpcCreds.Bench.Work;

/// <summary>Callers that each make one call after the other, on eight connections.</summary>
internal static class Callers
{
    public const int Count = 32;

    private const int Connections = 8;

    /// <summary>Runs the calls for a while.</summary>
    /// <returns>Calls per second, and the server's CPU time for each in µs.</returns>
    public static async Task<(double Rate, double Cpu)> RunAsync(Peer peer, Func<ChannelBase, int, long, Task> call, TimeSpan time)
    {
        var connections = Enumerable.Range(0, Connections).Select(_ => peer.Connect()).ToList();
        long calls = 0, numbers = 0;
        // A tenth of the time to warm up: that is the short run, and what follows is the difference to the long one.
        await LoadAsync(time / 10);
        var (before, cpu, at) = (calls, peer.Server.Cpu, Stopwatch.GetTimestamp());
        await LoadAsync(time);
        var seconds = Stopwatch.GetElapsedTime(at).TotalSeconds;
        connections.ForEach(connection => connection.Dispose());
        return ((calls - before) / seconds, (peer.Server.Cpu - cpu) / (calls - before) * 1e6);

        Task LoadAsync(TimeSpan duration)
        {
            var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
            return Task.WhenAll(Enumerable.Range(0, Count).Select(async caller =>
            {
                await Task.Yield();
                while (Stopwatch.GetTimestamp() < end)
                {
                    await call(connections[caller % Connections], caller, Interlocked.Increment(ref numbers));
                    Interlocked.Increment(ref calls);
                }
            }));
        }
    }
}
