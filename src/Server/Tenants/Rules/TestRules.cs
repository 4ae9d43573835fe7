using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// Test, then commit: a claim, one login or check by the server that made the claim, and a verdict that counts only while the claim exists.
/// </summary>
internal static class TestRules
{
    private const string UnknownAdvice = "The service was stopped during the test or Salesforce did not answer; test again.";

    private const string NoGrantAdvice = "Set up the OAuth token: this org and user are not authorized yet; StartOAuthSetup starts the authorization.";

    public static Decision Test(TenantRecord state, Command.TestAccess test, Moment at)
    {
        if (state.Test is { } running)
            return InProgress(running, at);
        var slot = test.Slot ?? (state[test.Mode, Slot.Candidate] is null ? Slot.Current : Slot.Candidate);
        if (state[test.Mode, slot] is not { } credential)
            return Decision.Refuse(Reason.NothingToTest, "slot: no credential is saved there");
        return credential.IsComplete
            ? new Decision.Changed(Claim(state, test.Mode, slot, test.RequestId, activates: false, at), WriteResult.Pending)
            : new Decision.Changed(state.With(test.Mode, slot, credential with { LastTest = WithoutGrant(slot, at) }), WriteResult.TestFailed);
    }

    public static Decision Activate(TenantRecord state, Command.SetActiveMode activate, Moment at)
    {
        if (state.Test is { } running)
            return InProgress(running, at);
        foreach (var slot in new[] { Slot.Candidate, Slot.Current })
        {
            if (state[activate.Mode, slot] is { IsComplete: true })
                return new Decision.Changed(
                    Claim(WithoutActivationOnSetup(state), activate.Mode, slot, activate.RequestId, activates: true, at), WriteResult.Pending);
        }
        return Decision.Refuse(
            Reason.NothingToActivate, activate.Mode switch
            {
                Mode.Password => "mode: no password is saved for this tenant; SetPasswordCredential saves one",
                Mode.ClientCredentials => "mode: no client credentials are saved for this tenant; SetClientCredentials saves them",
                Mode.JwtBearer => "mode: no credential for JWT bearer is saved for this tenant; SetJwtBearerCredential saves one",
                _ => "mode: this tenant has no OAuth grant; SetOAuthCredential saves the ids, StartOAuthSetup authorizes them",
            });
    }

    /// <summary>Opens the tenant's one test.</summary>
    public static TenantRecord Claim(TenantRecord state, Mode mode, Slot slot, Guid requestId, bool activates, Moment at) => state with
    {
        Test = new OpenTest(at.Rev, state[mode, slot]!.CredentialId, mode, slot, at.Now, requestId, activates),
    };

    /// <summary>Cancels a running test of a mode, or of any mode: its verdict will find no claim.</summary>
    public static TenantRecord Cancel(TenantRecord state, Mode? mode, out SettledWrite? ends)
    {
        ends = null;
        if (state.Test is not { } test || (mode is not null && test.Mode != mode))
            return state;
        ends = new SettledWrite(test.RequestId, WriteResult.CandidateChanged);
        return state with { Test = null };
    }

    public static Decision.Refused InProgress(OpenTest running, Moment at) =>
        Decision.Refuse(Reason.TestInProgress, $"another test of this tenant is running; it ends within {(running.EndTime - at.Now).InWords()}");

    public static Decision Finish(TenantRecord state, Command.FinishTest finish, Moment at)
    {
        if (state.Test is not { } test || test.Attempt != finish.Attempt
            || state[test.Mode, test.Slot] is not { } credential || credential.CredentialId != test.CredentialId)
            return Decision.Refuse(Reason.CandidateChanged, "the credential was changed while it was tested; the test's result was dropped");

        var closed = state with { Test = null };
        if (finish.Verdict is not { } verdict)
            return Ended(closed, test, WriteResult.AccountProtected);
        var tested = credential with { LastTest = new TestResult(test.Slot, verdict.Checks, verdict.Failure, at.Now) };
        if (verdict.Session is { } landed)
            tested = tested.Reached(landed.Identity);
        if (verdict.Failure is { } failure)
            return Ended(
                closed.With(test.Mode, test.Slot, Failed(tested, test.Slot, failure)), test,
                failure.IsUndecided ? WriteResult.TestUnknown : WriteResult.TestFailed);
        return test.Activates
            ? Ended(Activated(closed, tested, test, verdict.Session!, at), test, WriteResult.Activated)
            : Ended(closed.With(test.Mode, test.Slot, Passed(closed, tested, test, verdict.Session!, at)), test, WriteResult.TestPassed);
    }

    /// <summary>Ends an unfinished claim that the caller has known for the lifetime of a claim, whatever its stored time is.</summary>
    public static TenantRecord Expire(TenantRecord state, long ripeRev, Moment at, out SettledWrite? ends)
    {
        ends = null;
        if (state.Test is not { } test || test.Attempt > ripeRev)
            return state;
        ends = new SettledWrite(test.RequestId, WriteResult.TestUnknown);
        var unknown = new Failure(FailureClass.OutcomeUnknown, SalesforceCode: null, UnknownAdvice, at.Now);
        return (state with { Test = null }).With(
            test.Mode, test.Slot, state[test.Mode, test.Slot]! with { LastTest = new TestResult(test.Slot, [], unknown, at.Now) });
    }

    /// <summary>A candidate that was to come into force with its setup no longer does: an administrator has requested something else since.</summary>
    public static TenantRecord WithoutActivationOnSetup(TenantRecord state) => state.OAuth.Candidate is { OnSetup: OnSetup.Activate } candidate
        ? state with { OAuth = state.OAuth with { Candidate = candidate with { OnSetup = OnSetup.Wait } } }
        : state;

    private static TestResult WithoutGrant(Slot slot, Moment at) => new(slot, [], new Failure(FailureClass.NeedsSetup, null, NoGrantAdvice, at.Now), at.Now);

    private static Decision.Changed Ended(TenantRecord state, OpenTest test, WriteResult result) =>
        new(state, result, new SettledWrite(test.RequestId, result));

    private static TenantRecord Activated(TenantRecord state, Credential tested, OpenTest test, SalesforceSession session, Moment at)
    {
        // Without a standing grant, the session of the test serves.
        var inForce = tested.StandingGrant is null ? tested with { Renewal = RenewalRules.WithSession(SessionRenewal.None, session, at) } : Lifted(tested);
        var replaced = state[test.Mode, Slot.Current];
        inForce = test.Slot == Slot.Candidate ? inForce.Replacing(replaced) : inForce;
        var after = (test.Slot == Slot.Candidate ? state.With(test.Mode, Slot.Candidate, null) : state).With(test.Mode, Slot.Current, inForce);
        if (replaced?.Leaving(at.Rev, at.Now) is { } leaving && !RetireRules.IsKept(after, leaving.Token))
            after = RetireRules.Retire(after, replaced, RetiringGrant.Grace, at);
        // A setup that is open for the candidate continues in the candidate's new slot.
        if (after.Setup?.CredentialId == tested.CredentialId)
            after = after with { Setup = after.Setup with { Slot = Slot.Current } };
        return RenewalRules.WithActive(after, test.Mode, at);
    }

    // A password that Salesforce refuses in a test is not sent by a renewal either. A test shows nothing about a grant: it does not present the refresh token.
    private static Credential Failed(Credential tested, Slot slot, Failure failure) =>
        tested.IsLockedByRefusals && slot == Slot.Current && failure.Class == FailureClass.LoginRefused
            ? tested with { Renewal = tested.Renewal with { IsStopped = true } }
            : tested;

    // What a refusal stopped is retried: an administrator has fixed something. If not, the next renewal shows it.
    private static Credential Lifted(Credential tested) => tested with { Renewal = tested.Renewal with { IsStopped = false } };

    // Nodes with a live session notice nothing; those without one get this one, and so do those whose org has moved. A grant's session is renewed by
    // the renewal rules, not by its test.
    private static Credential Passed(TenantRecord state, Credential tested, OpenTest test, SalesforceSession session, Moment at)
    {
        if (tested.StandingGrant is not null)
            return Lifted(tested);
        return test.Slot == Slot.Current && state.ActiveMode == test.Mode && tested.Renewal.Session?.InstanceUrl != session.InstanceUrl
            // A running renewal continues: its answer is still accepted.
            ? tested with { Renewal = RenewalRules.WithSession(tested.Renewal, session, at) with { Claim = tested.Renewal.Claim } }
            : tested with { Renewal = tested.Renewal with { Failure = null, IsStopped = false } };
    }
}
