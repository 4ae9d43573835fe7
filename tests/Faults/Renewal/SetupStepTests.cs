using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;
using Action = System.Action;
using Failure = GrpcCreds.SalesforceSimulator.Failure;
using Outcome = GrpcCreds.V1.Outcome;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>
/// A tenant is authorized again, and the server that completes it is killed at each step, or stopped for longer than any server waits. The
/// previous grant continues to serve.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class SetupStepTests(ITestOutputHelper output)
{
    // Tokens are issued and lost.
    private static readonly SetupStep[] Losing = [SetupStep.CodeSent, SetupStep.CodeProcessed, SetupStep.TokenReceived, SetupStep.GrantNotCommitted];

    [Fact]
    public async Task A_server_that_is_killed_leaves_a_setup_that_can_go_on_or_is_told_as_unknown_or_is_done()
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 2);
        foreach (var step in RunPlan.Some<SetupStep>(random, inShort: 2))
        {
            output.WriteLine($"{step}");
            await InterruptedAsync(deployment, step, stops: false);
        }
    }

    [Fact]
    public async Task A_server_that_is_stopped_keeps_or_revokes_what_it_receives_late()
    {
        var random = RunPlan.Seeded(output);
        await using var deployment = await GrantDeployment.StartAsync(services: 2, speed: 20);
        foreach (var step in RunPlan.Some<SetupStep>(random, inShort: 1))
        {
            output.WriteLine($"{step}");
            await InterruptedAsync(deployment, step, stops: true);
        }
    }

    private static async Task InterruptedAsync(GrantDeployment deployment, SetupStep step, bool stops)
    {
        var tenant = $"setup-{step}".ToLowerInvariant();
        await deployment.AddTenantsAsync(tenant);
        var completion = await deployment.ApproveAsync(tenant);
        var owner = deployment.Members[0];
        var (call, goneOn, delivered) = await ReachAsync(deployment, owner, tenant, completion, step);
        var other = deployment.Members[1];
        await using var node = await Node.OpenAsync(other.Grpc, tenant);

        if (stops)
            owner.Stop();
        else
            await owner.KillAsync();
        goneOn();
        if (stops)
        {
            // 80 s by the clock of the services.
            await Task.Delay(TimeSpan.FromSeconds(4));
            owner.Continue();
        }
        delivered(stops ? CommitFate.Delivered : CommitFate.Lost);
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // Its server is gone, or the setup ended without it.
        }
        if (!stops)
        {
            await deployment.EndClaimsAsync([tenant]);
            await deployment.RestartAsync(owner);
        }

        Assert.DoesNotContain(node.Told, message => message.Unavailable is not null);
        await Waiting.UntilAsync(async () => stops || LastSetup(await other.Client.StatusAsync(tenant)).Outcome != Outcome.Pending
            || step == SetupStep.ClaimNotCommitted, "the setup has ended");
        var last = LastSetup(await other.Client.StatusAsync(tenant));
        if (!stops)
        {
            var expected = step switch { SetupStep.ClaimNotCommitted => Outcome.Pending, SetupStep.GrantCommitted => Outcome.Succeeded, _ => Outcome.Failed };
            Assert.Equal(expected, last.Outcome);
            if (step == SetupStep.ClaimNotCommitted)
                Assert.Equal(WriteResult.Activated, (await other.Client.CompleteOAuthSetupAsync(completion)).Result);
            if (expected == Outcome.Failed)
                Assert.Equal(V1.FailureClass.OutcomeUnknown, last.Failure.FailureClass);
        }

        var due = deployment.Now + GrantDeployment.UntilDue;
        await deployment.AdvanceAsync(GrantDeployment.UntilDue);
        Assert.Empty(await Outcomes.SettledAsync(deployment, [tenant], due));
        await GrantWitness.AssertAsync(deployment, tenant, new(IsInPlace: true, UnknownSetups: !stops && Losing.Contains(step) ? 1 : 0));
        await deployment.Client.DeleteOAuthAsync(new() { TenantId = tenant, AllowActive = true });
    }

    private static SetupStatus LastSetup(CredentialStatus status) => status.Modes.Single(mode => mode.Mode == Mode.Oauth).LastSetup;

    private static async Task<(Task Call, Action GoneOn, Action<CommitFate> Delivered)> ReachAsync(
        GrantDeployment deployment, Member owner, string tenant, CompleteOAuthSetupRequest completion, SetupStep step)
    {
        Task Call() => owner.Client.CompleteOAuthSetupAsync(completion).ResponseAsync;
        if (step is SetupStep.ClaimNotCommitted or SetupStep.ClaimCommitted)
            return await AtCommitAsync(step == SetupStep.ClaimCommitted ? CommitPoint.BeforeReply : CommitPoint.BeforeRedis, Call, () => { });

        var received = step is SetupStep.TokenReceived or SetupStep.GrantNotCommitted or SetupStep.GrantCommitted;
        var hold = deployment.Simulator.Hold(
            received ? Endpoint.UserInfo : Endpoint.Token, step is SetupStep.CodeProcessed
                ? HoldPoint.AfterProcessing : HoldPoint.BeforeProcessing, GrantDeployment.User(tenant));
        if (step == SetupStep.CodeLost)
            deployment.Simulator.Fail(Endpoint.Token, Failure.ResetBeforeProcessing(), username: GrantDeployment.User(tenant));
        var call = Call();
        await hold.WaitAsync().WaitAsync(Waiting.Long);
        return step is SetupStep.GrantNotCommitted or SetupStep.GrantCommitted
            ? await AtCommitAsync(step == SetupStep.GrantCommitted ? CommitPoint.BeforeReply : CommitPoint.BeforeRedis, () => call, hold.Release)
            : (call, hold.Release, _ => { });

        async Task<(Task, Action, Action<CommitFate>)> AtCommitAsync(CommitPoint point, Func<Task> start, Action then)
        {
            var commit = deployment.HoldCommit(tenant, point, owner);
            var started = start();
            then();
            await commit.WaitAsync();
            return (started, () => { }, commit.Release);
        }
    }
}
