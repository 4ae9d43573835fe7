using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// An OAuth setup from its start to the commit that stores the grant. The credential in force serves until then. A state works once: the commit that
/// completes the setup is the claim for the single exchange of its code.
/// </summary>
internal static class SetupRules
{
    /// <summary>How many ended setups are remembered.</summary>
    private const int Remembered = 8;

    private const string LateAdvice = "Nobody came back from Salesforce within 10 minutes: start the setup again.";
    private const string UnknownAdvice = "The service was stopped while it completed the setup, or Salesforce did not answer: start the setup again.";

    public static Decision Start(TenantRecord state, Command.StartSetup start, Moment at)
    {
        var slot = state.OAuth.Candidate is null ? Slot.Current : Slot.Candidate;
        if (state.OAuth[slot] is not { } credential)
            return NothingToSetUp();
        SettledWrite? ends = null;
        var opened = Supersede(state, OpenSetup.Mode, ref ends, at) with
        {
            Setup = new OpenSetup(at.Rev, start.StateHash, start.CodeVerifier, credential.CredentialId, slot, start.By, at.Now),
        };
        return new Decision.Changed(opened, WriteResult.WaitingForSetup, ends);
    }

    public static Decision Complete(TenantRecord state, Command.CompleteSetup complete, Moment at)
    {
        if (state.Setup is not { } setup || !IsState(setup.StateHash, complete.StateHash))
            return Over(state, complete);
        if (!complete.ByAnybody && complete.By != setup.Starter)
            return Unknown();
        if (setup.Completion is not null)
            return Used();
        if (setup.ExpireTime <= at.Now)
            return Expired();
        return complete.Error is { } error
            ? new Decision.Changed(Closed(state, setup, SetupEnd.Used, error, at), error.IsUndecided ? WriteResult.TestUnknown : WriteResult.TestFailed)
            : new Decision.Changed(
                state with { Setup = setup with { Completion = new OpenCompletion(at.Rev, at.Now, complete.RequestId) } }, WriteResult.Pending);
    }

    public static Decision Finish(TenantRecord state, Command.FinishSetup finish, Moment at)
    {
        if (state.Setup is not { Completion: { } completion } setup || completion.Attempt != finish.Attempt
            || state.OAuth[setup.Slot]?.CredentialId != setup.CredentialId)
            return Decision.Refuse(Reason.CandidateChanged, "the credential was changed while its setup was completed; the new grant is not kept");
        var credential = state.OAuth[setup.Slot]!;
        var closed = Closed(state, setup, SetupEnd.Used, finish.Verdict.Failure, at);
        if (finish.Verdict is not { Failure: null, Session: { } session, RefreshToken: { } refreshToken })
        {
            var failed = finish.Verdict.Failure!.IsUndecided ? WriteResult.TestUnknown : WriteResult.TestFailed;
            return Ended(RetireRules.Retire(closed, finish.Verdict.RefreshToken, finish.LoginUrl, credential.Identity, at), completion, failed);
        }
        var granted = credential with
        {
            Grant = new Grant
            {
                GrantId = at.Rev,
                RefreshToken = refreshToken,
                LoginUrl = session.LoginUrl,
                AuthorizeTime = at.Now,
                SessionLifetime = finish.Verdict.SessionLifetime ?? session.ExpectedExpireTime - at.Now,
                RenewTime = at.Now,
            },
            Renewal = RenewalRules.WithSession(SessionRenewal.None, session, at),
            LastTest = new TestResult(setup.Slot, finish.Verdict.Checks, Failure: null, at.Now),
        };
        return setup.Slot == Slot.Candidate ? OfCandidate(closed, granted, completion, at) : OfCurrent(closed, credential, granted, completion, at);
    }

    /// <summary>
    /// Ends a setup of this mode that something newer replaces. If two pending requests end with one commit, the result is the completion's.
    /// </summary>
    public static TenantRecord Supersede(TenantRecord state, Mode mode, ref SettledWrite? ends, Moment at)
    {
        if (state.Setup is not { } setup || mode != OpenSetup.Mode)
            return state;
        if (setup.Completion is { } completion)
            ends = new SettledWrite(completion.RequestId, WriteResult.CandidateChanged);
        var superseded = new Failure(FailureClass.NeedsSetup, null, "A newer setup or change replaced this setup.", at.Now);
        return Closed(state, setup, SetupEnd.Superseded, superseded, at);
    }

    /// <summary>Ends an abandoned setup, or an unfinished completion that this server has known for a claim's lifetime.</summary>
    public static TenantRecord Expire(TenantRecord state, long ripeRev, Moment at, out SettledWrite? ends)
    {
        ends = null;
        if (state.Setup is not { } setup || (setup.Completion is { } claim ? claim.Attempt > ripeRev : setup.ExpireTime > at.Now))
            return state;
        if (setup.Completion is not { } completion)
            return Closed(state, setup, SetupEnd.Expired, new Failure(FailureClass.NeedsSetup, null, LateAdvice, at.Now), at);
        ends = new SettledWrite(completion.RequestId, WriteResult.TestUnknown);
        return Closed(state, setup, SetupEnd.Used, new Failure(FailureClass.OutcomeUnknown, null, UnknownAdvice, at.Now), at);
    }

    public static Decision.Refused NothingToSetUp() =>
        Decision.Refuse(Reason.NothingToSetUp, "tenant_id: the tenant has no OAuth credential; SetOAuthCredential saves one");

    private static Decision.Changed OfCandidate(TenantRecord closed, OAuthCredential granted, OpenCompletion completion, Moment at)
    {
        if (granted.OnSetup == OnSetup.Wait)
        {
            var retired = Retire(closed, closed.OAuth.Candidate, granted, TimeSpan.Zero, at);
            return Ended(retired with { OAuth = closed.OAuth with { Candidate = granted } }, completion, WriteResult.Staged);
        }
        var replaced = Retire(Retire(closed, closed.OAuth.Current, granted, RetiringGrant.Grace, at), closed.OAuth.Candidate, granted, TimeSpan.Zero, at);
        // A test of the replaced credential ends. If two requests are pending, this result is the completion's; the test gets its own with its verdict.
        replaced = TestRules.Cancel(replaced, Mode.Oauth, out _) with { OAuth = new(granted, null) };
        if (granted.OnSetup == OnSetup.Activate)
            replaced = RenewalRules.WithActive(replaced, Mode.Oauth, at);
        return Ended(replaced, completion, replaced.ActiveMode == Mode.Oauth ? WriteResult.Activated : WriteResult.Staged);
    }

    private static Decision.Changed OfCurrent(TenantRecord closed, OAuthCredential before, OAuthCredential granted, OpenCompletion completion, Moment at)
    {
        var replaced = Retire(closed, before, granted, RetiringGrant.Grace, at) with { OAuth = closed.OAuth with { Current = granted } };
        return Ended(replaced, completion, replaced.ActiveMode == Mode.Oauth ? WriteResult.Activated : WriteResult.Staged);
    }

    // Salesforce may give the same refresh token again: then there is nothing to revoke.
    private static TenantRecord Retire(TenantRecord state, OAuthCredential? before, OAuthCredential granted, TimeSpan grace, Moment at) =>
        granted.Grant!.RefreshToken.Equals(before?.Grant?.RefreshToken) ? state : RetireRules.Retire(state, before, grace, at);

    private static Decision.Changed Ended(TenantRecord state, OpenCompletion completion, WriteResult result) =>
        new(state, result, new SettledWrite(completion.RequestId, result));

    private static TenantRecord Closed(TenantRecord state, OpenSetup setup, SetupEnd end, Failure? failure, Moment at) => state with
    {
        Setup = null,
        LastSetup = new SetupResult(failure, setup.Starter, setup.StartTime, at.Now),
        ClosedSetups = [new ClosedSetup(setup.StateHash, end), .. state.ClosedSetups.Take(Remembered - 1)],
    };

    private static Decision.Refused Over(TenantRecord state, Command.CompleteSetup complete) =>
        state.ClosedSetups.FirstOrDefault(closed => IsState(closed.StateHash, complete.StateHash))?.End switch
        {
            SetupEnd.Used => Used(),
            SetupEnd.Expired => Expired(),
            SetupEnd.Superseded => Decision.Refuse(
                Reason.OauthStateSuperseded, "state: a newer setup, or a set, reset, discard or delete has replaced this setup; start it again"),
            _ => Unknown(),
        };

    private static Decision.Refused Unknown() =>
        Decision.Refuse(Reason.OauthStateInvalid, "state: it belongs to no open setup that this caller started; start the setup again with StartOAuthSetup");

    private static Decision.Refused Used() =>
        Decision.Refuse(Reason.OauthStateUsed, "state: this setup was completed before, and a state works once; last_setup in the status shows how it ended");

    private static Decision.Refused Expired() =>
        Decision.Refuse(Reason.OauthStateExpired, "state: the setup was open for more than 10 minutes; start it again with StartOAuthSetup");

    // Both are hashes of values that cannot be guessed.
    private static bool IsState(string hash, string given) => string.Equals(hash, given, StringComparison.Ordinal);
}
