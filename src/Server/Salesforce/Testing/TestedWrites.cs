using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Salesforce.Results;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Testing;

/// <summary>
/// Carries an administrator's request that is tested first: the claim is durable before the one login is sent, the verdict counts only while
/// the claim stands. Once a login is on its way it is finished and kept, whether or not its caller still waits.
/// </summary>
internal sealed class TestedWrites(TenantRecords tenantRecords, Logins logins, AccessTest access, ResultCommitter answers, InFlightWork inFlight, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>With two calls of 20 s after it, the login and a use of the API, the answer still comes before the claim ends.</summary>
    private static readonly TimeSpan MaxClaimAge = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Applies a request, with the login it asks for. A refusal may come before or after that. Another test of the tenant is waited for, but
    /// not longer than <paramref name="patience"/>.
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
                    // It may be of a server that is gone and whose clock was ahead, so that nothing is due yet.
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
        if (claimed[test.Mode, test.Slot] is OAuthCredential)
        {
            var checkedAccess = await access.RunAsync(claimed.Tenant, test);
            return await answers.CommitAsync(claimed.Tenant, new Command.FinishTest(test.Attempt, checkedAccess), origin);
        }
        var credential = claimed.Password[test.Slot]!;
        // Who activates says where it shall land; who only tests wants to know whether it still lands there.
        var (verdict, retryAfter) = await logins.TestAsync(
            credential, client => client.CheckAccessAsync(credential, test.Activates ? null : credential.Identity, MaySend));
        var finished = await answers.CommitAsync(claimed, new Command.FinishTest(test.Attempt, verdict), origin);
        return finished is Applied.Done { Result: WriteResult.AccountProtected } ? new Applied.Refused(Refusal.AccountProtected(retryAfter)) : finished;
    }
}
