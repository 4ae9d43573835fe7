using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The writes of administrators that are the same for every mode: switch off, discard, delete.</summary>
internal static class ModeRules
{
    public static Decision SwitchOff(TenantRecord state, Moment at)
    {
        var canceled = TestRules.WithoutActivationOnSetup(TestRules.Cancel(state, mode: null, out var ends));
        return state.ActiveMode == Mode.Off && state.OffCause != Availability.NotConfigured
            ? new Decision.Changed(canceled, WriteResult.Unchanged, ends)
            : new Decision.Changed(Off(canceled, Availability.SwitchedOff, at), WriteResult.Activated, ends);
    }

    public static Decision Discard(TenantRecord state, Mode mode, Moment at)
    {
        if (state[mode, Slot.Candidate] is not { } candidate)
        {
            // A setup of the current credential can be stopped too.
            SettledWrite? completion = null;
            var stopped = SetupRules.Supersede(state, mode, ref completion, at);
            return new Decision.Changed(stopped, state.Setup != stopped.Setup ? WriteResult.Removed : WriteResult.Unchanged, completion);
        }
        var discarded = TestRules.Cancel(state, mode, out var ends).With(mode, Slot.Candidate, null);
        discarded = SetupRules.Supersede(RetireRules.Retire(discarded, candidate, TimeSpan.Zero, at), mode, ref ends, at);
        return new Decision.Changed(discarded, WriteResult.Removed, ends);
    }

    public static Decision Delete(TenantRecord state, Mode mode, bool allowActive, Moment at)
    {
        var active = state.ActiveMode == mode;
        if (active && !allowActive)
            return Decision.Refuse(
                Reason.CredentialInUse, "the credential serves the nodes now; put another mode in force first, or set allow_active");
        var (current, candidate) = (state[mode, Slot.Current], state[mode, Slot.Candidate]);
        var deleted = TestRules.WithoutActivationOnSetup(TestRules.Cancel(state, mode, out var ends))
            .With(mode, Slot.Current, null).With(mode, Slot.Candidate, null);
        // What was replaced a moment ago ends with it.
        deleted = RetireRules.Hasten(RetireRules.Retire(RetireRules.Retire(deleted, current, TimeSpan.Zero, at), candidate, TimeSpan.Zero, at), mode, at);
        deleted = SetupRules.Supersede(deleted, mode, ref ends, at);
        if (active)
            deleted = Off(deleted, Availability.Deleted, at);
        return new Decision.Changed(deleted, current is null && candidate is null ? WriteResult.Unchanged : WriteResult.Removed, ends);
    }

    private static TenantRecord Off(TenantRecord state, Availability cause, Moment at) =>
        RenewalRules.WithActive(state, Mode.Off, at) with { OffCause = cause };
}
