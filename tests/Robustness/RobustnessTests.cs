using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>
/// Replicated stores under load while their nodes are killed, frozen and cut off. Some faults are drawn from the printed seed; GRPCCREDS_SEED repeats them,
/// and GRPCCREDS_FULL=true runs all of them, many times.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class RobustnessTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Sentinel_loses_nothing_acknowledged_and_shows_nothing_that_vanishes(bool always) =>
        LosesNothingAsync(new SentinelTopology(always), SentinelFaults.All, SentinelFaults.Single, some: 2, times: 3);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_cluster_loses_nothing_acknowledged_and_shows_nothing_that_vanishes(bool always) =>
        LosesNothingAsync(new ClusterTopology(always), ClusterFaults.All, ClusterFaults.All, some: 1, times: 2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_primary_with_one_replica_loses_nothing_acknowledged_and_shows_nothing_that_vanishes(bool always) =>
        LosesNothingAsync(new PairTopology(always), PairFaults.All, PairFaults.All, some: 1, times: 1);

    /// <param name="topology">Not yet started.</param>
    /// <param name="faults">Of this topology.</param>
    /// <param name="single">Of these, the random schedules.</param>
    /// <param name="some">How many of the faults in a short run.</param>
    /// <param name="times">How often each, and how many random schedules, in a full run.</param>
    private async Task LosesNothingAsync(Topology topology, IReadOnlyList<Fault> faults, IReadOnlyList<Fault> single, int some, int times)
    {
        var random = RunPlan.Seeded(output);
        var drawn = faults.ToArray();
        random.Shuffle(drawn);
        var plan = RunPlan.IsFull
            ? [.. Enumerable.Repeat(drawn, times).SelectMany(all => all), .. Enumerable.Range(0, times * 2).Select(_ => Fault.Several(single, random))]
            : drawn[..some];
        await using var deployment = await Deployment.StartAsync(topology);
        var rounds = new List<Round.Result>();
        foreach (var fault in plan)
        {
            rounds.Add(await Round.RunAsync(deployment, fault, rounds.Count, random.Next()));
            var line = $"{DateTime.UtcNow:HH:mm:ss} {topology.GetType().Name}: {rounds[^1]}";
            output.WriteLine(line);
            // A full run takes an hour; this shows how far it is.
            await File.AppendAllTextAsync(Path.Combine(Round.EvidenceDirectory, "rounds.log"), line + "\n");
        }
        output.WriteLine(ResultTable.Of(topology.GetType().Name, rounds));
        Assert.Empty(rounds.SelectMany(round => round.Violations));
    }
}
