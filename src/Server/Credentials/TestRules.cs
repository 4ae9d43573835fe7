namespace GrpcCreds.Server.Credentials;

/// <summary>
/// Test, then commit: a claim, one login by whoever made the claim, and a verdict that counts only while the claim stands.
/// </summary>
internal static class TestRules
{
    private const string UnknownAdvice = "The service was stopped during the test or Salesforce did not answer; test again.";

    /// <summary>Opens the tenant's one test.</summary>
    public static TenantRecord Claim(TenantRecord state, Slot slot, Guid requestId, bool activates, Moment at) => state with
    {
        Test = new OpenTest(at.Rev, state.Password[slot]!.CredentialId, slot, at.Now, requestId, activates),
    };

    /// <summary>Takes the ground from under a running test: its verdict will find no claim.</summary>
    public static TenantRecord Cancel(TenantRecord state, out SettledWrite? ends)
    {
        ends = state.Test is { } test ? new SettledWrite(test.RequestId, WriteResult.CandidateChanged) : null;
        return state with { Test = null };
    }

    public static Decision Finish(TenantRecord state, Command.FinishTest finish, Moment at)
    {
        if (state.Test is not { } test || test.Attempt != finish.Attempt || state.Password[test.Slot]?.CredentialId != test.CredentialId)
            return Rules.Refuse(Reason.CandidateChanged, "the credential was changed while it was tested; the test's result was dropped");

        var closed = state with { Test = null };
        if (finish.Verdict is not { } verdict)
            return Ended(closed, test, WriteResult.AccountProtected);
        var tested = state.Password[test.Slot]! with
        {
            LastTest = new TestResult(test.Slot, verdict.Checks, verdict.Failure, at.Now),
            Identity = verdict.Session?.Identity ?? state.Password[test.Slot]!.Identity,
        };
        if (verdict.Failure is { } failure)
            return Ended(With(closed, test.Slot, Failed(tested, test.Slot, failure)), test, failure.IsUndecided ? WriteResult.TestUnknown : WriteResult.TestFailed);
        return test.Activates
            ? Ended(Activated(closed, tested, verdict.Session!, at), test, WriteResult.Activated)
            : Ended(With(closed, test.Slot, Passed(closed, tested, test.Slot, verdict.Session!, at)), test, WriteResult.TestPassed);
    }

    /// <summary>Ends a claim nobody finished.</summary>
    public static TenantRecord Expire(TenantRecord state, Moment at, out SettledWrite? ends)
    {
        ends = null;
        if (state.Test is not { } test || test.EndTime > at.Now)
            return state;
        ends = new SettledWrite(test.RequestId, WriteResult.TestUnknown);
        var unknown = new Failure(FailureClass.OutcomeUnknown, SalesforceCode: null, UnknownAdvice, at.Now);
        return With(state with { Test = null }, test.Slot, state.Password[test.Slot]! with { LastTest = new TestResult(test.Slot, [], unknown, at.Now) });
    }

    private static Decision.Changed Ended(TenantRecord state, OpenTest test, WriteResult result) =>
        new(state, result, new SettledWrite(test.RequestId, result));

    private static TenantRecord With(TenantRecord state, Slot slot, PasswordCredential credential) =>
        state with { Password = state.Password.With(slot, credential) };

    private static TenantRecord Activated(TenantRecord state, PasswordCredential tested, SalesforceSession session, Moment at) => state with
    {
        ActiveMode = Mode.Password,
        Password = new PasswordSlots(RenewalRules.WithSession(tested, session, at), Candidate: null),
        Renewal = null,
    };

    // Values that Salesforce refuses in a test are not sent by a renewal either.
    private static PasswordCredential Failed(PasswordCredential tested, Slot slot, Failure failure) =>
        slot == Slot.Current && failure.Class == FailureClass.LoginRefused ? tested with { RenewalFailure = failure } : tested;

    // Nodes with a live session notice nothing; those without one get this one.
    private static PasswordCredential Passed(TenantRecord state, PasswordCredential tested, Slot slot, SalesforceSession session, Moment at) =>
        slot == Slot.Current && state.ActiveMode == Mode.Password && tested.Session is null
            ? RenewalRules.WithSession(tested, session, at)
            : tested with { RenewalFailure = null };
}
