using System.Globalization;
using Xunit;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>Set GRPCCREDS_SEED to the seed a failed run printed, and its kills come in the same places.</summary>
[Collection(OneAtATime.Name)]
public sealed class CrashTests(ITestOutputHelper output)
{
    private const int MaxRuns = 8;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task After_thirty_kills_everything_acknowledged_is_there_and_nothing_that_was_shown_is_gone(bool onRedis) =>
        Assert.Empty(await ViolationsAsync(new CrashRun(onRedis, kills: 30)));

    [Theory]
    [InlineData("AnswerBeforeCommit", 5, 8, "lost:")]
    [InlineData("StreamBeforeCommit", 3, 8, "vanished:")]
    [InlineData("NoCompare", 0, 1, "lost update:")]
    public async Task A_service_with_a_seeded_bug_is_found_out(string bug, int kills, int tenants, string finding)
    {
        // A run on a busy machine may be too short for the bug to show; within its budget it does.
        for (var run = 1; run <= MaxRuns; run++)
        {
            var violations = await ViolationsAsync(new CrashRun(onRedis: false, kills, bug, tenants));
            if (violations.Any(violation => violation.StartsWith(finding, StringComparison.Ordinal)))
                return;
        }
        Assert.Fail($"{MaxRuns} runs did not find out {bug}");
    }

    private async Task<IReadOnlyList<string>> ViolationsAsync(CrashRun run)
    {
        var seed = Environment.GetEnvironmentVariable("GRPCCREDS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var violations = await run.RunAsync(seed);
        output.WriteLine(run.Summary);
        foreach (var kind in violations.GroupBy(violation => violation.Split(':')[0]))
            output.WriteLine($"{kind.Count()} × {kind.First()}");
        return violations;
    }
}
