using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Tests an OAuth credential with the session it has. One that has ended or is found dead is renewed once before the verdict, by the one rule
/// for renewals: the refresh token is never presented beside it.
/// </summary>
internal sealed class AccessTest(Ledger ledger, Upkeep upkeep, OAuthClient oauth, TimeProvider clock)
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
        Secret? dead = null;
        int? failures = null;
        for (var steps = 0; clock.GetElapsedTime(started) < LastBegin;)
        {
            var credential = (await ledger.ReadAsync(tenant, CancellationToken.None)).Record.OAuth[test.Slot];
            // Gone or replaced: this verdict will find no claim.
            if (credential is not { Grant: not null } || credential.CredentialId != test.CredentialId)
                break;
            // The renewal has failed, and its answer is the verdict: asking again would not make it a better one.
            if (failures < credential.Upkeep.Failures)
                return Failed(credential.Upkeep.Failure ?? failure);
            if (credential.Upkeep.Claim is not null)
            {
                // Somebody is renewing it: that is the session to be tested.
                await Task.Delay(Pause, clock);
            }
            else if (Live(credential.Upkeep) is { } session && !session.AccessToken.Equals(dead))
            {
                var (verdict, liveness) = await oauth.CheckAccessAsync(session);
                if (liveness != Liveness.Dead || steps > 0)
                    return verdict;
                (dead, failure) = (session.AccessToken, verdict.Failure!);
            }
            else
            {
                failure = credential.Upkeep.Failure ?? failure;
                if (steps++ >= MaxSteps)
                    break;
                failures = credential.Upkeep.Failures;
                await upkeep.StepNowAsync(tenant, credential.CredentialId, dead);
            }
        }
        return Failed(failure);
    }

    private static TestVerdict Failed(Failure failure) => new(null, failure, [new(CheckNames.Login, Outcome.Failed, failure.Advice)]);

    private SalesforceSession? Live(SessionUpkeep upkeep) =>
        upkeep is { IsSessionDead: false, Session: { } session } && session.ExpectedExpireTime > clock.GetUtcNow() ? session : null;
}
