using System.Diagnostics;
using GrpcCreds.Bench.Peers;
using GrpcCreds.Bench.Work;

namespace GrpcCreds.Bench.Rows;

/// <summary>Sessions of many tenants that are due for renewal at the same moment, with three servers on one Redis.</summary>
internal static class Renewals
{
    private const int Tenants = 10_000;
    private const int Servers = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <summary>Reads a tenant's record, or only its rev; no script of the service uses it.</summary>
    private const string Read = "hmget";

    public static async Task<IReadOnlyList<Line>> RunAsync(Lab lab)
    {
        await using var redis = await lab.RedisAsync();
        if (redis is null || lab.GrpcCreds(redis)?.With("Clock:Adjustable=true") is not { } first)
            return [];
        GrpcCredsPeer[] peers = [first, .. Enumerable.Range(1, Servers - 1).Select(_ => lab.GrpcCreds(redis, first).With("Clock:Adjustable=true"))];
        var tenants = lab.Scaled(Tenants);
        var (reads, seconds) = (0.0, 0.0);
        await first.StartAsync();
        try
        {
            await Parallel.ForAsync(0, tenants, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (tenant, _) =>
            {
                await first.ActivateAsync($"reads-{tenant}");
                using var connection = first.Connect();
                await first.ReadAsync(connection, tenant);
            });
            foreach (var peer in peers[1..])
                await peer.StartAsync();
            var before = await redis.CommandsAsync();
            var at = Stopwatch.GetTimestamp();
            // 75 % of the two hours that a session lasts, give or take a tenth: all are due.
            await Task.WhenAll(peers.Select(peer => peer.AdvanceAsync("01:45:00")));
            var renewed = before;
            for (var done = 0L; done < 2 * tenants; await Task.Delay(200))
            {
                if (Stopwatch.GetElapsedTime(at) > Patience)
                    throw new TimeoutException($"after {Patience} only {done / 2} of {tenants} renewals were done");
                renewed = await redis.CommandsAsync();
                // Each renewal is two commits: its claim and its result.
                done = renewed["xadd"] - before["xadd"];
            }
            seconds = Stopwatch.GetElapsedTime(at).TotalSeconds;
            reads = (renewed[Read] - before[Read]) / (double)tenants;
        }
        finally
        {
            foreach (var peer in peers)
                await peer.DisposeAsync();
        }
        IReadOnlyList<(string, Statistics)> Of(double value) => [(first.Name, Statistics.Of([value]))];
        return
        [
            new("renewals", $"{tenants} renewals due at once, {Servers} servers: reads of a record or its rev per renewal", "≤ 3", Of(reads), [], 0),
            new("renewals-time", "the same: seconds until all are done, Salesforce simulated on the same machine", "linear", Of(seconds), [], 0),
        ];
    }
}
