using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Testing;

/// <summary>
/// Runs an administrator's requests that need a test first. The claim is durable before the single login is sent, and the verdict counts only
/// while the claim is held. Once a login is sent, its result is awaited and stored, whether or not the caller still waits.
/// </summary>
internal sealed class TestedWrites(
    TenantRecords tenantRecords, IEnumerable<IModeTest> modes, ResultCommitter answers, CheckReport report, InFlightWork inFlight,
    TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Two calls of 20 s follow, the login and a use of the API. With this limit the answer still arrives before the claim ends.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Applies a request, with the login it requires. It may be refused before or after that login. If another test of the tenant is running, the
    /// request waits for it, but no longer than <paramref name="patience"/>.
    /// </summary>
    public async Task<Applied> ApplyAsync(
        TenantId tenant, Command.Request command, Origin origin, RequestKey request, TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var applied = await tenantRecords.ApplyAsync(tenant, command, origin, request, cancellationToken);
            switch (applied)
            {
                case Applied.Done { Result: WriteResult.Pending } claimed:
                    return await inFlight.Run(() => TestAsync(claimed.State, origin)).WaitAsync(cancellationToken);
                case Applied.Known { Result: WriteResult.Pending } pending:
                    return await PendingRequest.ResultAsync(tenantRecords, tenant, request, pending, clock, cancellationToken);
                case Applied.Refused { Refusal.Reason: Reason.TestInProgress } when clock.GetElapsedTime(started) < patience:
                    // The test may belong to a stopped server whose clock was ahead, so that the index does not show it as due yet.
                    await tenantRecords.ExpireAsync(tenant);
                    await Task.Delay(Pause, clock, cancellationToken);
                    break;
                default:
                    return applied;
            }
        }
    }

    private async Task<Applied> TestAsync(TenantRecord claimed, Origin origin)
    {
        var claimedAt = clock.GetTimestamp();
        bool MaySend() => clock.GetElapsedTime(claimedAt) < MaxClaimAge;
        var test = claimed.Test!;
        var outcome = await modes.Single(mode => mode.Mode == test.Mode).RunAsync(claimed, MaySend);
        var finished = await answers.CommitAsync(claimed, new Command.FinishTest(test.Attempt, outcome.Verdict), origin);
        if (finished is Applied.Done && outcome.Verdict is { } verdict)
            report.Tell(claimed.Tenant, test.Mode, verdict.Checks, verdict.Failure);
        return finished is Applied.Done { Result: WriteResult.AccountProtected }
            ? new Applied.Refused(Refusal.AccountProtected(outcome.RetryAfter))
            : finished;
    }
}
