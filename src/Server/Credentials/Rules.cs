namespace GrpcCreds.Server.Credentials;

/// <summary>
/// The rules of a tenant's record: state + command → next state or refusal. Pure, so that a model can be tested against it; every change
/// of every record goes through here.
/// </summary>
internal static class Rules
{
    public static Decision Apply(TenantRecord state, Command command, Moment at)
    {
        if (command is Command.Request { Etag: { } etag } && etag != FormatEtag(state.Etag))
            return Refuse(Reason.EtagMismatch, "etag: the tenant was written since this etag was read; read the status and decide again");

        var decision = command switch
        {
            Command.SetPassword set => PasswordRules.Set(state, set, at),
            Command.SetActiveMode { Mode: Mode.Off } => SwitchOff(state),
            Command.SetActiveMode activate => PasswordRules.Activate(state, activate, at),
            Command.DiscardCandidate => PasswordRules.Discard(state),
            Command.DeletePassword delete => PasswordRules.Delete(state, delete),
            Command.TestAccess test => PasswordRules.Test(state, test, at),
            Command.FinishTest finish => TestRules.Finish(state, finish, at),
            Command.Want => RenewalRules.Want(state, at),
            Command.ClaimRenewal => RenewalRules.Claim(state, at),
            Command.FinishRenewal finish => RenewalRules.Finish(state, finish, at),
            Command.Expire => Expire(state, at),
            Command.Heal => new Decision.Changed(state, WriteResult.None),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
        return decision is Decision.Changed changed ? changed with { State = Stamp(state, changed, command, at) } : decision;
    }

    /// <summary>The etag as it stands in a status.</summary>
    public static string FormatEtag(long etag) => etag.ToString("x", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>When the record needs attention next, whoever asks or not; null: never.</summary>
    public static DateTimeOffset? Due(TenantRecord state) => new[]
    {
        state.Test?.EndTime,
        state.Renewal?.EndTime,
        RenewalRules.Due(state),
        Told.By(state).Session?.ExpectedExpireTime,
    }.Min();

    internal static Decision.Refused Refuse(Reason reason, string text) => new(new Refusal(reason, text));

    // The three numbers move here and nowhere else.
    private static TenantRecord Stamp(TenantRecord before, Decision.Changed changed, Command command, Moment at)
    {
        var heals = command is Command.Heal;
        var settles = command is Command.Write || changed is { Result: WriteResult.Activated };
        var after = changed.State with
        {
            Rev = at.Rev,
            Etag = settles ? at.Rev : before.Etag,
            // What the service does by itself does not make a state that was brought back any newer; an administrator's write does.
            HealedFrom = heals ? before.HealedFrom ?? before.Rev : settles ? null : before.HealedFrom,
        };
        return heals || Told.By(after) != Told.By(before) ? after with { Revision = at.Rev, RevisionTime = at.Now } : after;
    }

    // Ends claims without a result, and a session past its end.
    private static Decision Expire(TenantRecord state, Moment at)
    {
        var after = RenewalRules.Expire(TestRules.Expire(state, at, out var ends), at);
        if (Told.By(after).Session?.ExpectedExpireTime <= at.Now)
            after = after with { Password = PasswordRules.WithoutSession(after.Password) };
        return after == state ? new Decision.Nothing() : new Decision.Changed(after, WriteResult.None, ends);
    }

    private static Decision.Changed SwitchOff(TenantRecord state)
    {
        var canceled = TestRules.Cancel(state, out var ends);
        if (state.ActiveMode == Mode.Off && state.OffCause != Availability.NotConfigured)
            return new(canceled, WriteResult.Unchanged, ends);
        var off = canceled with
        {
            ActiveMode = Mode.Off,
            OffCause = Availability.SwitchedOff,
            Renewal = null,
            Password = PasswordRules.WithoutSession(canceled.Password),
        };
        return new(off, WriteResult.Activated, ends);
    }
}
