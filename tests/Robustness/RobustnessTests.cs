using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>
/// Replicated stores under load while their nodes are killed, frozen and cut off: nothing acknowledged is lost, and nothing that was shown vanishes. Some
/// faults are drawn from the printed seed; GRPCCREDS_SEED repeats them, and GRPCCREDS_FULL=true runs all of them, many times, with appendfsync everysec and
/// with always.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class RobustnessTests(ITestOutputHelper output)
{
    [Fact]
    public Task Sentinel() => LosesNothingAsync(always => new SentinelTopology(always), SentinelFaults.All, some: 2, times: 3);

    [Fact]
    public Task Cluster() => LosesNothingAsync(always => new ClusterTopology(always), ClusterFaults.All, some: 1, times: 2);

    [Fact]
    public Task Primary_with_one_replica() => LosesNothingAsync(always => new PairTopology(always), PairFaults.All, some: 1, times: 1);

    /// <param name="start">Makes the topology, with appendfsync always or everysec.</param>
    /// <param name="faults">Of this topology.</param>
    /// <param name="some">How many of the faults in a short run.</param>
    /// <param name="times">How often each, and half the number of random schedules, in a full run.</param>
    private async Task LosesNothingAsync(Func<bool, Topology> start, IReadOnlyList<Fault> faults, int some, int times)
    {
        var random = RunPlan.Seeded(output);
        var rounds = new List<Round.Result>();
        bool[] variants = RunPlan.IsFull ? [false, true] : [random.Next(2) == 0];
        foreach (var always in variants)
        {
            var drawn = faults.ToArray();
            random.Shuffle(drawn);
            IEnumerable<Fault> plan = RunPlan.IsFull
                ? [.. Enumerable.Repeat(drawn, times).SelectMany(all => all), .. Enumerable.Range(0, times * 2).Select(_ => Fault.Several(faults, random))]
                : drawn[..some];
            await using var deployment = await Deployment.StartAsync(start(always));
            foreach (var fault in plan)
            {
                rounds.Add(await Round.RunAsync(deployment, fault, rounds.Count, random.Next()));
                await TellAsync($"{DateTime.UtcNow:HH:mm:ss} {deployment.Topology.GetType().Name}, {(always ? "always" : "everysec")}: {rounds[^1]}");
                if (rounds[^1].Count("broken") > 0)
                    break;
            }
        }
        await TellAsync(ResultTable.Of(TestContext.Current.TestMethod!.MethodName, rounds));
        Assert.Empty(rounds.SelectMany(round => round.Violations));
    }

    // A full run takes an hour; the file shows how far it is.
    private Task TellAsync(string line)
    {
        output.WriteLine(line);
        return File.AppendAllTextAsync(Path.Combine(Round.EvidenceDirectory, "rounds.log"), line + "\n");
    }
}
