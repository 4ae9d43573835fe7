using GrpcCreds.Server.Salesforce.Dialogues;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Renewal;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Testing;

/// <summary>
/// Tests an OAuth credential with its current session. If the session has ended, is found dead, or its host is lost, it is renewed once before the
/// verdict. The renewal follows the usual rule: the refresh token is never presented outside it.
/// </summary>
internal sealed class AccessTest(TenantRecords tenantRecords, SessionRenewer renewal, OAuthClient oauth, TimeProvider clock) : IModeTest
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>A step that begins later could outlast the test's claim: it takes two calls of 20 s.</summary>
    private static readonly TimeSpan LastBegin = TimeSpan.FromSeconds(15);

    /// <summary>An introspection if the token is in doubt, the renewal, and one more in case another server's renewal came in between.</summary>
    private const int MaxSteps = 3;

    public Mode Mode => Mode.Oauth;

    public async Task<TestOutcome> RunAsync(TenantRecord claimed, Func<bool> maySend) => new(await RunAsync(claimed.Tenant, claimed.Test!));

    private async Task<TestVerdict> RunAsync(TenantId tenant, OpenTest test)
    {
        var started = clock.GetTimestamp();
        var failure = new Failure(FailureClass.Unavailable, null, "Salesforce took too long; test again in a few minutes.", clock.GetUtcNow());
        (SalesforceSession Session, Liveness Liveness)? found = null;
        TestVerdict? lost = null;
        int? failures = null;
        for (var steps = 0; clock.GetElapsedTime(started) < LastBegin;)
        {
            var record = (await tenantRecords.ReadAsync(tenant, CancellationToken.None)).Record;
            var credential = record.OAuth[test.Slot];
            // The credential is gone or replaced: this verdict will find no claim.
            if (credential is not { Grant: not null } || credential.CredentialId != test.CredentialId)
                break;
            // The renewal has failed, and its answer is the verdict: another try would not improve it.
            if (failures < credential.Renewal.Failures)
                return lost is not null && credential.Renewal.Failure is not { IsUndecided: false } ? lost : Failed(credential.Renewal.Failure ?? failure);
            if (credential.Renewal.Claim is not null)
            {
                // A renewal is running: its session is the one to test.
                await Task.Delay(Pause, clock);
            }
            else if (Live(credential.Renewal) is { } session && session != found?.Session)
            {
                var (verdict, liveness) = await oauth.CheckAccessAsync(session, credential.UseSandbox);
                if (liveness is not (Liveness.Dead or Liveness.HostLost) || steps > 0)
                    return verdict;
                (found, failure) = ((session, liveness), verdict.Failure!);
                lost = liveness == Liveness.HostLost ? verdict : null;
            }
            else if (lost is not null && !RejectionRules.MayReplace(record, clock.GetUtcNow()))
            {
                // The session was replaced a moment ago, and the new one's host is no better.
                return lost;
            }
            else
            {
                failure = credential.Renewal.Failure ?? failure;
                if (steps++ >= MaxSteps)
                    break;
                failures = credential.Renewal.Failures;
                var deadSession = found?.Liveness == Liveness.Dead ? found?.Session.AccessToken : null;
                await renewal.StepNowAsync(tenant, credential.CredentialId, deadSession, lost is not null);
            }
        }
        return lost ?? Failed(failure);
    }

    private static TestVerdict Failed(Failure failure) => new(null, failure, [new(CheckNames.Login, Outcome.Failed, failure.Advice)]);

    private SalesforceSession? Live(SessionRenewal renewal) =>
        renewal is { IsSessionDead: false, Session: { } session } && session.ExpectedExpireTime > clock.GetUtcNow() ? session : null;
}
