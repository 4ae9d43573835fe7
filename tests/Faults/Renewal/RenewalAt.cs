using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>A renewal held at one step: its owner, and how to release it.</summary>
/// <param name="Owner">The process that makes it.</param>
/// <param name="GoneOn">Lets the world around the owner go on, once that was killed or stopped.</param>
/// <param name="Delivered">What becomes of a commit that was still on its way, or of its reply.</param>
internal sealed record RenewalAt(Member Owner, Action GoneOn, Action<CommitFate> Delivered)
{
    /// <summary>Makes the tenant's renewal due, and waits until it is at the step.</summary>
    /// <param name="deployment">Where.</param>
    /// <param name="tenant">Whose renewal.</param>
    /// <param name="step">The step.</param>
    /// <param name="renewed">Waits until it is renewed; null: for a grant.</param>
    public static async Task<RenewalAt> ReachAsync(GrantDeployment deployment, string tenant, RenewalStep step, Func<Task>? renewed = null)
    {
        var before = deployment.Members.ToDictionary(member => member, member => Commits(member, tenant));
        Member Owner() => deployment.Members is [var only] ? only : deployment.Members.First(member => Commits(member, tenant) > before[member]);
        switch (step)
        {
            case RenewalStep.ClaimNotCommitted:
                return await AtCommitAsync(deployment.HoldCommit(tenant, CommitPoint.BeforeRedis), deployment.AdvanceAsync(GrantDeployment.UntilDue));
            case RenewalStep.ClaimCommitted:
                return await AtCommitAsync(deployment.HoldCommit(tenant, CommitPoint.BeforeReply), deployment.AdvanceAsync(GrantDeployment.UntilDue));
            case RenewalStep.Done:
                var due = deployment.Now + GrantDeployment.UntilDue;
                await deployment.AdvanceAsync(GrantDeployment.UntilDue);
                await (renewed?.Invoke() ?? Outcomes.SettledAsync(deployment, [tenant], due));
                return new(Owner(), () => { }, _ => { });
            default:
                var hold = deployment.Simulator.Hold(
                    Endpoint.Token, step is RenewalStep.RequestLost or RenewalStep.RequestSent
                        ? HoldPoint.BeforeProcessing : HoldPoint.AfterProcessing, GrantDeployment.User(tenant));
                if (step == RenewalStep.RequestLost)
                    deployment.Simulator.Fail(Endpoint.Token, Failure.ResetBeforeProcessing(), username: GrantDeployment.User(tenant));
                await deployment.AdvanceAsync(GrantDeployment.UntilDue);
                await hold.WaitAsync().WaitAsync(Waiting.Long);
                var owner = Owner();
                if (step is not (RenewalStep.AnswerNotCommitted or RenewalStep.AnswerCommitted))
                    return new(owner, hold.Release, _ => { });
                var commit = deployment.HoldCommit(tenant, step == RenewalStep.AnswerCommitted ? CommitPoint.BeforeReply : CommitPoint.BeforeRedis, owner);
                hold.Release();
                return await AtCommitAsync(commit, Task.CompletedTask);
        }

        async Task<RenewalAt> AtCommitAsync(CommitHold hold, Task jump)
        {
            await jump;
            var proxy = await hold.WaitAsync();
            return new(deployment.Behind(proxy), () => { }, hold.Release);
        }
    }

    private static int Commits(Member member, string tenant) => member.Proxy?.Committed.Count(committed => committed == tenant) ?? 0;
}
