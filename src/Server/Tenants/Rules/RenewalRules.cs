using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// How sessions and grants are kept alive. Each call is claimed in the record first; the server that made the claim makes one call and merges the answer
/// into the record as it is then. A refresh token whose presentation had no clear answer is introspected before it is presented again. After a refusal
/// nothing is retried until an administrator acts. <see cref="RenewalTimes"/> decides when a call is due.
/// </summary>
internal static class RenewalRules
{
    // With the spread, 1 to 15 minutes: never before the end of the time for which an unanswered login blocks its Salesforce user.
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(75);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(12.5);

    /// <summary>The longest wait before a failed call is retried.</summary>
    public static readonly TimeSpan LongestRetry = 1.2 * LastRetry;

    private const string StoppedAdvice = "The service was stopped while it renewed the session; it tries again automatically.";

    private const string DoubtAdvice = "The outcome of the last renewal is unknown; the service asks Salesforce whether the grant is still valid.";

    private const string LostAdvice =
        "Set up the OAuth token: the answer to the last renewal was lost, and Salesforce no longer accepts the grant. StartOAuthSetup authorizes again.";

    /// <summary>
    /// Makes a mode the active one. A session that needs no standing grant is kept only while its credential serves: the sessions of the other modes are
    /// dropped, and those that Salesforce can revoke are revoked once running operations have had time to finish.
    /// </summary>
    public static TenantRecord WithActive(TenantRecord state, Mode active, Moment at)
    {
        foreach (var mode in Modes.All.Where(mode => mode != active))
        {
            if (state[mode, Slot.Current] is not { StandingGrant: null } credential)
                continue;
            var idle = credential with { Renewal = credential.Renewal with { Session = null, IsSessionDead = false, CheckTime = null, Claim = null } };
            state = RetireRules.Retire(state.With(mode, Slot.Current, idle), credential, RetiringGrant.Grace, at);
        }
        return state with { ActiveMode = active };
    }

    /// <summary>
    /// Sets a new session. It is renewed at 75 % of its lifetime, ± 10 % so that sessions that began together are not renewed together. An open suspicion
    /// remains: its cause may be newer than this session.
    /// </summary>
    public static SessionRenewal WithSession(SessionRenewal renewal, SalesforceSession session, Moment at) => renewal with
    {
        Session = session,
        IsSessionDead = false,
        RenewTime = at.Now + ((session.ExpectedExpireTime - at.Now) * (0.75 * (0.9 + (0.2 * at.Spread)))),
        Failure = null,
        Failures = 0,
        IsStopped = false,
        DoubtedAttempt = null,
        Claim = null,
    };

    public static Decision Want(TenantRecord state, Moment at) => RenewalTimes.IsWantStale(state, at.Now)
        ? new Decision.Changed(state with { WantedTime = at.Now }, WriteResult.None)
        : new Decision.Nothing();

    public static Decision Claim(TenantRecord state, Command.ClaimRenewal command, Moment at)
    {
        var credentialId = command.CredentialId;
        if (command.ForLostHost && !RejectionRules.MayReplace(state, at.Now))
            return new Decision.Nothing();
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is not { } credential
                || !(credentialId is null ? RenewalTimes.ClaimTime(state, mode, slot) <= at.Now : MayRenewNow(credential, credentialId)))
                continue;
            var renewal = credential.Renewal;
            // The check comes first: only it ends a suspicion, and a check that stays due would be claimed again and again.
            var step = credentialId is null && renewal.CheckTime <= at.Now ? RenewalCall.Check
                : renewal.DoubtedAttempt is not null ? RenewalCall.Introspect
                : RenewalCall.Renew;
            var claimed = renewal with
            {
                Claim = new(at.Rev, step, at.Now),
                IsSessionDead = renewal.IsSessionDead || (renewal.Session is { } session && session.AccessToken.Equals(command.DeadSession)),
            };
            var after = state.With(mode, slot, credential with { Renewal = claimed });
            return new Decision.Changed(command.ForLostHost && step == RenewalCall.Renew ? RejectionRules.Replaced(after, at.Now) : after, WriteResult.Pending);
        }
        return new Decision.Nothing();
    }

    /// <summary>Whether a renewal failed because of this service's settings before <paramref name="since"/>, and waits for its next attempt.</summary>
    public static bool WaitsForSettings(TenantRecord state, DateTimeOffset since) =>
        Modes.Places.Any(place => WaitsForSettings(state[place.Mode, place.Slot], since));

    /// <summary>A server has read its settings: renewals that failed because of the earlier settings are retried now.</summary>
    public static Decision TakeSettings(TenantRecord state, DateTimeOffset since, Moment at)
    {
        if (!WaitsForSettings(state, since))
            return new Decision.Nothing();
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is { } credential && WaitsForSettings(credential, since))
                state = state.With(mode, slot, credential with { Renewal = credential.Renewal with { RenewTime = at.Now } });
        }
        return new Decision.Changed(state, WriteResult.None);
    }

    public static Decision Finish(TenantRecord state, Command.FinishRenewal finish, Moment at)
    {
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is not { } credential)
                continue;
            var renewal = credential.Renewal;
            if (renewal.Claim?.Attempt == finish.Attempt)
                renewal = Answered(credential, renewal with { Claim = null }, renewal.Claim, finish.Answer, at);
            else if (renewal.DoubtedAttempt == finish.Attempt)
                // A late answer to the attempt in doubt is the best knowledge there is, so a question asked meanwhile is void. Only a renewal ends
                // the doubt: after a rollback of the store, another attempt that it lost may have presented the token too.
                renewal = Answered(
                    credential, renewal with { Claim = null, DoubtedAttempt = finish.Attempt },
                    new(finish.Attempt, RenewalCall.Renew, at.Now) { MadeAgain = at.Rev }, finish.Answer, at);
            else
                continue;
            var merged = Merged(state, mode, slot, credential, renewal, finish.Answer, at);
            var replaces = finish.Answer is RenewalAnswer.HostIsLost && RenewalTimes.ClaimTime(merged, mode, slot) <= at.Now;
            return new Decision.Changed(replaces ? RejectionRules.Replaced(merged, at.Now) : merged, WriteResult.None);
        }
        return new Decision.Nothing();
    }

    /// <summary>
    /// Ends unfinished claims, and the session in force once it is past its end. A claim is over when the server that ends it has known the claim for a
    /// claim's lifetime, whatever its stored time is: a clock that runs ahead must not end a call that another server is still making. Nor may it end a
    /// session that another server has just obtained, before that session's own renewal could replace it.
    /// </summary>
    public static TenantRecord Expire(TenantRecord state, long ripeRev, Moment at)
    {
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is { Renewal.Claim: { } claim } credential && claim.Since <= ripeRev)
                state = state.With(mode, slot, credential with { Renewal = Abandoned(credential, claim, at) });
        }
        return PublishedState.By(state).Session?.ExpectedExpireTime <= at.Now && state.Revision <= ripeRev
            ? state.With(
                state.ActiveMode, Slot.Current,
                state.Active! with { Renewal = state.Active.Renewal with { Session = null, IsSessionDead = false, CheckTime = null } })
            : state;
    }

    /// <summary>
    /// The store may have lost commits. For each grant it is unknown whether its token was presented since, or is being presented now under a lost claim.
    /// So each grant counts as claimed now, and as in doubt afterwards. The answer to a renewal that the record contains is still accepted; the answer to
    /// an earlier question is not, because it may be outdated.
    /// </summary>
    public static TenantRecord Doubt(TenantRecord state, Moment at)
    {
        foreach (var (mode, slot) in Modes.Places)
        {
            if (state[mode, slot] is not { StandingGrant: not null } credential)
                continue;
            var attempt = Presented(credential.Renewal) ?? at.Rev;
            var inDoubt = InDoubt(credential.Renewal, attempt, at) with { Claim = new(attempt, RenewalCall.Renew, at.Now) { MadeAgain = at.Rev } };
            state = state.With(mode, slot, credential with { Renewal = inDoubt });
        }
        return state;
    }

    // A test may also retry what a refusal stopped: an administrator may have fixed it in Salesforce. A token in doubt is introspected.
    private static bool MayRenewNow(Credential credential, long? credentialId) =>
        credential.CredentialId == credentialId && credential.StandingGrant is not null
        && credential.Renewal is { Claim: null } renewal && !(renewal is { IsStopped: true, DoubtedAttempt: not null });

    private static TenantRecord Merged(
        TenantRecord state, Mode mode, Slot slot, Credential credential, SessionRenewal renewal, RenewalAnswer answer, Moment at)
    {
        var merged = credential with { Renewal = renewal };
        if (merged.StandingGrant is not { } grant)
            return state.With(mode, slot, merged);
        merged = answer switch
        {
            RenewalAnswer.Renewed renewed => merged.With(grant with { RefreshToken = renewed.RefreshToken ?? grant.RefreshToken, RenewTime = at.Now }),
            RenewalAnswer.NotRenewed { Next: { } next } => merged.With(grant with { RefreshToken = next }),
            _ => merged,
        };
        var after = state.With(mode, slot, merged);
        return answer is RenewalAnswer.NotRenewed { Unwanted: { } unwanted } && merged.Leaving(at.Rev, at.Now) is { } owner && !unwanted.Equals(owner.Token)
            ? RetireRules.Retire(after, unwanted, owner.LoginUrl, owner.Identity, at)
            : after;
    }

    private static SessionRenewal Answered(Credential credential, SessionRenewal renewal, RenewalClaim claim, RenewalAnswer answer, Moment at) => answer switch
    {
        RenewalAnswer.Renewed renewed => WithSession(renewal, renewed.Session, at),
        // Nothing is in doubt or stopped: Salesforce has just issued the token that is presented next.
        RenewalAnswer.NotRenewed { Next: not null } failed => Postponed(renewal, failed.Failure, at) with { IsStopped = false, DoubtedAttempt = null },
        // The claim remains until its end. No server asks before then, because Salesforce may still be processing the request.
        RenewalAnswer.NotRenewed { Fate: GrantFate.Unknown } unknown when credential.StandingGrant is not null =>
            Failed(renewal, unknown.Failure) with { Claim = claim },
        RenewalAnswer.NotRenewed { Fate: GrantFate.Dead } dead when credential.StandingGrant is not null => AskedAfter(Refused(renewal, claim, dead, at), at),
        RenewalAnswer.NotRenewed failed => Refused(renewal, claim, failed, at),
        RenewalAnswer.TokenLives => renewal with { DoubtedAttempt = null, RenewTime = at.Now },
        // The doubt remains, so that a late answer is still accepted.
        RenewalAnswer.TokenIsDead =>
            AskedAfter(Failed(renewal, new(FailureClass.OutcomeUnknown, null, LostAdvice, at.Now)) with { IsStopped = true }, at),
        RenewalAnswer.SessionLives => renewal with { CheckTime = null },
        // It will not be renewed, so the nodes are notified now.
        RenewalAnswer.SessionIsDead when renewal.IsStopped => renewal with { CheckTime = null, Session = null, RenewTime = at.Now },
        RenewalAnswer.SessionIsDead => renewal with { CheckTime = null, IsSessionDead = true, RenewTime = at.Now },
        // The org may have moved; the login host knows where to. Until then nodes keep their session.
        RenewalAnswer.HostIsLost when !renewal.IsStopped => renewal with { CheckTime = null, RenewTime = at.Now },
        RenewalAnswer.Unclear unclear when claim.Step == RenewalCall.Introspect => Postponed(renewal, unclear.Failure, at),
        RenewalAnswer.Unclear or RenewalAnswer.HostIsLost => renewal with { CheckTime = at.Now + Backoff.After(1, LastRetry, LastRetry, at.Spread) },
        _ => throw new ArgumentOutOfRangeException(nameof(answer)),
    };

    // If another token came with the refusal, the presented one is spent: it remains in doubt, so that it is not presented again.
    private static SessionRenewal Refused(SessionRenewal renewal, RenewalClaim claim, RenewalAnswer.NotRenewed refused, Moment at) =>
        Postponed(renewal, refused.Failure, at) with
    {
        IsStopped = renewal.IsStopped || refused.Fate == GrantFate.Dead,
        DoubtedAttempt = refused.Unwanted is null ? renewal.DoubtedAttempt : claim.Attempt,
    };

    // Whatever ended the grant, such as a revocation by the org's administrator, may have ended its session too: it is checked.
    private static SessionRenewal AskedAfter(SessionRenewal renewal, Moment at) =>
        renewal.Session?.ExpectedExpireTime > at.Now ? renewal with { CheckTime = at.Now } : renewal;

    private static SessionRenewal Abandoned(Credential credential, RenewalClaim claim, Moment at) => claim.Step switch
    {
        RenewalCall.Renew when credential.StandingGrant is not null => InDoubt(credential.Renewal, claim.Attempt, at),
        RenewalCall.Renew =>
            credential.Renewal with { Claim = null, RenewTime = at.Now, Failure = new(FailureClass.OutcomeUnknown, null, StoppedAdvice, at.Now) },
        // A question changes nothing, so it is asked again.
        _ => credential.Renewal with { Claim = null },
    };

    // The renewal that may have presented the token, if the record contains one.
    private static long? Presented(SessionRenewal renewal) => renewal.Claim is { Step: RenewalCall.Renew } claim ? claim.Attempt : renewal.DoubtedAttempt;

    private static SessionRenewal InDoubt(SessionRenewal renewal, long attempt, Moment at) => renewal with
    {
        Claim = null,
        DoubtedAttempt = attempt,
        RenewTime = at.Now,
        Failure = renewal.Failure ?? new(FailureClass.OutcomeUnknown, null, DoubtAdvice, at.Now),
    };

    private static SessionRenewal Postponed(SessionRenewal renewal, Failure failure, Moment at) =>
        Failed(renewal, failure) with { RenewTime = at.Now + Backoff.After(renewal.Failures + 1, FirstRetry, LastRetry, at.Spread) };

    // A dead session was kept only while a new one was about to come.
    private static SessionRenewal Failed(SessionRenewal renewal, Failure failure) => renewal with
    {
        Failure = failure,
        Failures = renewal.Failures + 1,
        Session = renewal.IsSessionDead ? null : renewal.Session,
        IsSessionDead = false,
    };

    private static bool WaitsForSettings(Credential? credential, DateTimeOffset since) =>
        credential?.Renewal is { Failure: { Class: FailureClass.ServiceConfiguration } failure, IsStopped: false, Claim: null } && failure.Time < since;

}
