using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Renewal;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Testing;

/// <summary>
/// Tests an OAuth credential with the session it has. One that has ended or is found dead, or whose host is lost, is renewed once before the verdict,
/// by the one rule for renewals: the refresh token is never presented beside it.
/// </summary>
internal sealed class AccessTest(TenantRecords tenantRecords, SessionRenewer renewal, OAuthClient oauth, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>What begins later could not end before the test's claim does: two calls of 20 s.</summary>
    private static readonly TimeSpan LastBegin = TimeSpan.FromSeconds(15);

    /// <summary>An introspection, if the token is in doubt, the renewal, and one more for somebody else's that came between.</summary>
    private const int MaxSteps = 3;

    public async Task<TestVerdict> RunAsync(TenantId tenant, OpenTest test)
    {
        var started = clock.GetTimestamp();
        var failure = new Failure(FailureClass.Unavailable, null, "Salesforce took too long; test again in some minutes.", clock.GetUtcNow());
        (SalesforceSession Session, Liveness Liveness)? found = null;
        TestVerdict? lost = null;
        int? failures = null;
        for (var steps = 0; clock.GetElapsedTime(started) < LastBegin;)
        {
            var record = (await tenantRecords.ReadAsync(tenant, CancellationToken.None)).Record;
            var credential = record.OAuth[test.Slot];
            // Gone or replaced: this verdict will find no claim.
            if (credential is not { Grant: not null } || credential.CredentialId != test.CredentialId)
                break;
            // The renewal has failed, and its answer is the verdict: asking again would not make it a better one.
            if (failures < credential.Renewal.Failures)
                return lost is not null && credential.Renewal.Failure is not { IsUndecided: false } ? lost : Failed(credential.Renewal.Failure ?? failure);
            if (credential.Renewal.Claim is not null)
            {
                // Somebody is renewing it: that is the session to be tested.
                await Task.Delay(Pause, clock);
            }
            else if (Live(credential.Renewal) is { } session && session != found?.Session)
            {
                var (verdict, liveness) = await oauth.CheckAccessAsync(session);
                if (liveness is not (Liveness.Dead or Liveness.HostLost) || steps > 0)
                    return verdict;
                (found, failure) = ((session, liveness), verdict.Failure!);
                lost = liveness == Liveness.HostLost ? verdict : null;
            }
            else if (lost is not null && !RejectionRules.MayReplace(record, clock.GetUtcNow()))
            {
                // It was replaced a moment ago, and that brought no better host.
                return lost;
            }
            else
            {
                failure = credential.Renewal.Failure ?? failure;
                if (steps++ >= MaxSteps)
                    break;
                failures = credential.Renewal.Failures;
                await renewal.StepNowAsync(tenant, credential.CredentialId, found?.Liveness == Liveness.Dead ? found?.Session.AccessToken : null, lost is not null);
            }
        }
        return lost ?? Failed(failure);
    }

    private static TestVerdict Failed(Failure failure) => new(null, failure, [new(CheckNames.Login, Outcome.Failed, failure.Advice)]);

    private SalesforceSession? Live(SessionRenewal renewal) =>
        renewal is { IsSessionDead: false, Session: { } session } && session.ExpectedExpireTime > clock.GetUtcNow() ? session : null;
}
