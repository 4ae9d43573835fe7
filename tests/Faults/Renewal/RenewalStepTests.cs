using Xunit;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// A renewal whose owner is killed, or stopped for longer than everybody waits, at each of its steps. In CI some of them, see
/// <see cref="RunPlan"/>.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class RenewalStepTests(ITestOutputHelper output)
{
    private static readonly RenewalStep[] Losing = [RenewalStep.RequestSent, RenewalStep.RequestProcessed, RenewalStep.AnswerNotCommitted];

    [Theory]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public async Task An_owner_that_is_killed_loses_the_grant_only_between_Salesforces_work_and_the_commit_and_that_is_told(int services, int inShort)
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services);
        foreach (var step in RunPlan.Some<RenewalStep>(random, inShort))
            await TimedAsync(step, () => KilledAsync(deployment, step));
    }

    [Fact]
    public async Task An_owner_that_is_stopped_for_longer_than_its_claim_does_no_harm_and_what_it_receives_late_is_kept()
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 2, speed: 20);
        foreach (var step in RunPlan.Some<RenewalStep>(random, inShort: 1))
            await TimedAsync(step, () => StoppedAsync(deployment, step));
    }

    [Fact]
    public async Task An_owner_that_is_stopped_for_longer_than_its_call_may_take_keeps_the_answer_or_its_loss_is_told()
    {
        // In real time, as the call's own bound is.
        Assert.SkipUnless(RunPlan.IsFull, "takes half a minute; set GRPCCREDS_FULL=true");
        await using var deployment = await GrantDeployment.StartAsync(services: 2, speed: 20);
        await deployment.AddTenantsAsync("acme");
        var due = deployment.Now + GrantDeployment.UntilDue;
        var at = await RenewalAt.ReachAsync(deployment, "acme", RenewalStep.RequestProcessed);
        at.Owner.Stop();
        at.GoneOn();
        await Task.Delay(TimeSpan.FromSeconds(22));
        at.Owner.Continue();
        await deployment.QuietAsync();
        var lost = await Outcomes.SettledAsync(deployment, ["acme"], due) is not [];
        output.WriteLine(lost ? "lost and told" : "kept");
        await EndAsync(deployment, "acme", lost);
    }

    [Theory]
    [InlineData(CommitPoint.BeforeRedis)]
    [InlineData(CommitPoint.BeforeReply)]
    internal async Task A_commit_whose_answer_is_lost_is_sent_again_and_made_once(CommitPoint point)
    {
        await using var deployment = await GrantDeployment.StartAsync(services: 1);
        await deployment.AddTenantsAsync("acme");
        var due = deployment.Now + GrantDeployment.UntilDue;
        var claim = deployment.HoldCommit("acme", point);
        await deployment.AdvanceAsync(GrantDeployment.UntilDue);
        var proxy = await claim.WaitAsync();
        var answer = deployment.HoldCommit("acme", CommitPoint.BeforeReply);
        claim.Release(CommitFate.Lost);
        await answer.WaitAsync();
        answer.Release(CommitFate.Lost);
        proxy.Cut();
        Assert.Empty(await Outcomes.SettledAsync(deployment, ["acme"], due));
        Assert.Equal([1, 0], Assert.Single(deployment.Simulator.Grants()).RefreshTokens.Select(token => token.Refreshes));
    }

    private static async Task KilledAsync(GrantDeployment deployment, RenewalStep step)
    {
        var tenant = $"killed-{step}".ToLowerInvariant();
        await deployment.AddTenantsAsync(tenant);
        var due = deployment.Now + GrantDeployment.UntilDue;
        var at = await RenewalAt.ReachAsync(deployment, tenant, step);
        await using var node = await Node.OpenAsync(deployment.Members.First(member => member != at.Owner).Grpc, tenant);

        await at.Owner.KillAsync();
        at.GoneOn();
        at.Delivered(CommitFate.Lost);
        await deployment.EndClaimsAsync([tenant]);
        var lost = await Outcomes.SettledAsync(deployment, [tenant], due) is not [];

        Assert.Equal(Losing.Contains(step), lost);
        node.AssertOpenAndOnlyForward();
        Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
        await deployment.RestartAsync(at.Owner);
        await EndAsync(deployment, tenant, lost);
    }

    private static async Task StoppedAsync(GrantDeployment deployment, RenewalStep step)
    {
        var tenant = $"stopped-{step}".ToLowerInvariant();
        await deployment.AddTenantsAsync(tenant);
        var due = deployment.Now + GrantDeployment.UntilDue;
        var at = await RenewalAt.ReachAsync(deployment, tenant, step);
        await using var node = await Node.OpenAsync(deployment.Members.First(member => member != at.Owner).Grpc, tenant);

        at.Owner.Stop();
        at.GoneOn();
        // 80 s by the clock of the services.
        await Task.Delay(TimeSpan.FromSeconds(4));
        at.Owner.Continue();
        at.Delivered(CommitFate.Delivered);
        await Outcomes.RenewedAsync(deployment, tenant, due);

        node.AssertOpenAndOnlyForward();
        Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
        await EndAsync(deployment, tenant, lost: false);
    }

    // The next refresh shows which token is stored.
    private static async Task EndAsync(GrantDeployment deployment, string tenant, bool lost)
    {
        if (!lost)
        {
            var due = deployment.Now + GrantDeployment.UntilDue;
            await deployment.AdvanceAsync(GrantDeployment.UntilDue);
            Assert.Empty(await Outcomes.SettledAsync(deployment, [tenant], due));
        }
        await GrantWitness.AssertAsync(deployment, tenant, new(!lost, lost ? 1 : 0));
        await deployment.Client.DeleteOAuthAsync(new() { TenantId = tenant, AllowActive = true });
    }

    private async Task TimedAsync(RenewalStep step, Func<Task> run)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        await run();
        output.WriteLine($"{step}: {System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds:N1} s");
    }
}
