using System.Diagnostics;
using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// Renewals that are interrupted at random instants: 200 and more in a full run, with <c>GRPCCREDS_FULL=true</c>, some in CI; the same run,
/// and the same again with the printed seed in GRPCCREDS_SEED.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class InterruptedRunTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(2, 100, 10)]
    [InlineData(3, 100, 0)]
    [InlineData(0, 50, 8)]
    public async Task No_token_is_spent_twice_and_no_grant_is_lost_without_a_word(int services, int instants, int inShort)
    {
        var wanted = RunPlan.IsFull ? instants : inShort;
        Assert.SkipWhen(wanted == 0, "only in a full run; set GRPCCREDS_FULL=true");
        var random = RunPlan.Seeded(output);
        var started = Stopwatch.GetTimestamp();
        await using var deployment = await GrantDeployment.StartAsync(services);
        var run = new InterruptedRun(deployment, random, tenants: RunPlan.IsFull ? 25 : 12);
        await run.StartAsync();
        while (run.Interrupted < wanted)
            await run.RoundAsync();
        var violations = await run.EndAsync();
        output.WriteLine(
            $"{run.Interrupted} renewals interrupted by {run.Kills} kills, {run.Lost} lost and told, {Stopwatch.GetElapsedTime(started).TotalSeconds:N0} s");
        Assert.Empty(violations);
    }

    [Theory]
    [InlineData("ClaimNotDurable")]
    [InlineData("ResendInDoubt")]
    public async Task A_service_with_a_seeded_bug_is_found_out(string bug)
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 2, bug: bug);
        var run = new InterruptedRun(deployment, random, tenants: 10);
        await run.StartAsync();
        for (var until = DateTime.UtcNow + Patience; !IsFound(run);)
        {
            // It also does other harm than what is looked for, which ends the round, or never does.
            var round = run.RecoverAsync(await run.InterruptAsync());
            while (!IsFound(run) && !round.IsCompleted)
                await Task.Delay(20);
            _ = round.ContinueWith(ended => ended.Exception, TaskScheduler.Default);
            Assert.True(DateTime.UtcNow < until, $"{bug} was not found out");
        }
        output.WriteLine(run.Violations()[0]);
    }

    private static bool IsFound(InterruptedRun run) => run.Violations().Any(violation => violation.Split(':')[0] is "parallel" or "reuse");
}
