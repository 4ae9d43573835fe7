namespace GrpcCreds.Server.Credentials;

/// <summary>What administrators' writes do to password mode.</summary>
internal static class PasswordRules
{
    public static Decision Set(TenantRecord state, Command.SetPassword set, Moment at)
    {
        var kept = state.Password.Candidate ?? state.Password.Current;
        if (Violations(set, kept) is { Count: > 0 } violations)
            return new Decision.Refused(Refusal.Invalid(violations));

        var candidate = new PasswordCredential
        {
            CredentialId = at.Rev,
            Username = set.Username ?? kept!.Username,
            Password = set.Password ?? kept!.Password,
            SecurityToken = set.SecurityToken ?? kept!.SecurityToken,
            UseSandbox = set.UseSandbox ?? kept?.UseSandbox ?? false,
            MyDomain = set.MyDomain is null ? kept?.MyDomain : set.MyDomain == "" ? null : set.MyDomain,
            DeliverLogin = set.DeliverLogin ?? kept?.DeliverLogin ?? false,
            SetTime = at.Now,
            SetBy = set.By,
        };
        var saved = TestRules.Cancel(state, out var ends) with { Password = state.Password with { Candidate = candidate } };
        return set.TestFirst
            ? new Decision.Changed(TestRules.Claim(saved, Slot.Candidate, set.RequestId, activates: true, at), WriteResult.Pending, ends)
            : new Decision.Changed(saved, WriteResult.Staged, ends);
    }

    public static Decision Test(TenantRecord state, Command.TestAccess test, Moment at)
    {
        if (state.Test is not null)
            return TestInProgress();
        var slot = test.Slot ?? (state.Password.Candidate is null ? Slot.Current : Slot.Candidate);
        return state.Password[slot] is null
            ? Rules.Refuse(Reason.NothingToTest, "slot: no password is saved there; SetPasswordCredential saves one")
            : new Decision.Changed(TestRules.Claim(state, slot, test.RequestId, activates: false, at), WriteResult.Pending);
    }

    public static Decision Activate(TenantRecord state, Command.SetActiveMode activate, Moment at)
    {
        if (state.Test is not null)
            return TestInProgress();
        if (state.Password is { Current: null, Candidate: null })
            return Rules.Refuse(Reason.NothingToActivate, "mode: no password is saved for this tenant; SetPasswordCredential saves one");
        var slot = state.Password.Candidate is null ? Slot.Current : Slot.Candidate;
        return new Decision.Changed(TestRules.Claim(state, slot, activate.RequestId, activates: true, at), WriteResult.Pending);
    }

    public static Decision Discard(TenantRecord state)
    {
        if (state.Password.Candidate is null)
            return new Decision.Changed(state, WriteResult.Unchanged);
        var canceled = TestRules.Cancel(state, out var ends);
        return new Decision.Changed(canceled with { Password = state.Password with { Candidate = null } }, WriteResult.Removed, ends);
    }

    public static Decision Delete(TenantRecord state, Command.DeletePassword delete)
    {
        var active = state.ActiveMode == Mode.Password;
        if (active && !delete.AllowActive)
            return Rules.Refuse(Reason.CredentialInUse, "the password serves the nodes now; put another mode in force first, or say allow_active");
        if (state.Password == PasswordSlots.Empty)
            return new Decision.Changed(state, WriteResult.Unchanged);
        var deleted = TestRules.Cancel(state, out var ends) with { Password = PasswordSlots.Empty, Renewal = null };
        return new Decision.Changed(
            active ? deleted with { ActiveMode = Mode.Off, OffCause = Availability.Deleted } : deleted, WriteResult.Removed, ends);
    }

    /// <summary>A credential that does not serve needs no session.</summary>
    public static PasswordSlots WithoutSession(PasswordSlots slots) =>
        slots.Current is null ? slots : slots with { Current = slots.Current with { Session = null } };

    private static Decision.Refused TestInProgress() =>
        Rules.Refuse(Reason.TestInProgress, "another test of this tenant is running; it ends within 60 s");

    private static List<FieldViolation> Violations(Command.SetPassword set, PasswordCredential? kept)
    {
        var violations = new List<FieldViolation>();
        if (kept is null && set.Username is null)
            violations.Add(new("username", "required on the first set"));
        if (kept is null && set.Password is null)
            violations.Add(new("password", "required on the first set"));
        else if (set.Password is null && set.UseSandbox is { } sandbox && sandbox != kept!.UseSandbox)
            violations.Add(new("password", "required with a changed use_sandbox: a sandbox has its own"));
        if (set.Password is not null && set.SecurityToken is null)
            violations.Add(new("security_token", "required with a password, for Salesforce makes a new one with each; an empty string where none is needed"));
        return violations;
    }
}
