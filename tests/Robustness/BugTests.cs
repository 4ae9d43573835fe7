using System.Diagnostics;
using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Renewal;
using GrpcCreds.Tests.Robustness.Nemesis;
using GrpcCreds.Tests.Robustness.Supervisor;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>Each way to confirm wrongly is found out, by the fault that it does not stand.</summary>
[Collection(OneAtATime.Name)]
public sealed class BugTests(ITestOutputHelper output)
{
    private static readonly TimeSpan FindWithin = TimeSpan.FromMinutes(3);

    private static readonly Dictionary<string, (Func<Topology> Topology, Fault Fault)> Bugs = new()
    {
        ["OneReplicaIsEnough"] = (() => new SentinelTopology(), SentinelFaults.LagThenDeaths),
        ["ReadsUnconfirmed"] = (() => new SentinelTopology(), SentinelFaults.MasterWithClients),
        ["WaitWithoutMark"] = (() => new SentinelTopology(), SentinelFaults.MasterWithClients),
        ["OldConfirmation"] = (() => new SentinelTopology(), SentinelFaults.MasterWithClients),
        ["AnyNodeConfirms"] = (() => new ClusterTopology(), ClusterFaults.PrimaryWithClients),
        ["AnswerBeforeCommit"] = (() => new SentinelTopology(), SentinelFaults.KillMaster),
        ["StreamBeforeCommit"] = (() => new SentinelTopology(), SentinelFaults.MasterWithClients),
    };

    [Theory]
    [InlineData("OneReplicaIsEnough")]
    [InlineData("ReadsUnconfirmed")]
    [InlineData("WaitWithoutMark")]
    [InlineData("OldConfirmation")]
    [InlineData("AnyNodeConfirms")]
    [InlineData("AnswerBeforeCommit")]
    [InlineData("StreamBeforeCommit")]
    public async Task A_service_with_a_seeded_bug_is_found_out(string bug)
    {
        var random = RunPlan.Seeded(output);
        var (topology, fault) = Bugs[bug];
        await using var deployment = await Deployment.StartAsync(topology(), bug: bug);
        var begun = Stopwatch.GetTimestamp();
        for (var round = 0; Stopwatch.GetElapsedTime(begun) < FindWithin; round++)
        {
            var result = await Round.RunAsync(deployment, fault, round, random.Next());
            output.WriteLine($"after {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s: {result}");
            if (Round.Kinds.Any(kind => result.Count(kind) > 0))
                return;
        }
        Assert.Fail($"{bug} was not found within {FindWithin.TotalMinutes} min");
    }
}
