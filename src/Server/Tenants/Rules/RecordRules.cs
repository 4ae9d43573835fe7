using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>
/// The rules of a tenant's record: state + command → next state or refusal. Pure, so that a model can be tested against it; every change
/// of every record goes through here.
/// </summary>
internal static class RecordRules
{
    public static Decision Apply(TenantRecord state, Command command, Moment at)
    {
        if (command is Command.Request { Etag: { } etag } && etag != FormatEtag(state.Etag))
            return Decision.Refuse(Reason.EtagMismatch, "etag: the tenant was written since this etag was read; read the status and decide again");

        var decision = command switch
        {
            Command.SetPassword set => PasswordRules.Set(state, set, at),
            Command.SetClientCredentials set => ClientCredentialsRules.Set(state, set, at),
            Command.RotateClientSecret start => RotationRules.Start(state, start, at),
            Command.ClaimRotation => RotationRules.Claim(state, at),
            Command.FinishRotation finish => RotationRules.Finish(state, finish, at),
            Command.SetJwtBearer set => JwtBearerRules.Set(state, set, at),
            Command.SetOAuth set => OAuthRules.Set(state, set, at),
            Command.ResetOAuth reset => OAuthRules.Reset(state, reset, at),
            Command.StartSetup start => SetupRules.Start(state, start, at),
            Command.CompleteSetup complete => SetupRules.Complete(state, complete, at),
            Command.FinishSetup finish => SetupRules.Finish(state, finish, at),
            Command.SetActiveMode { Mode: Mode.Off } => ModeRules.SwitchOff(state, at),
            Command.SetActiveMode activate => TestRules.Activate(state, activate, at),
            Command.DiscardCandidate discard => ModeRules.Discard(state, discard.Mode, at),
            Command.Delete delete => ModeRules.Delete(state, delete.Mode, delete.AllowActive, at),
            Command.TestAccess test => TestRules.Test(state, test, at),
            Command.FinishTest finish => TestRules.Finish(state, finish, at),
            Command.Want => RenewalRules.Want(state, at),
            Command.Reject reject => RejectionRules.Reject(state, reject, at),
            Command.ClaimRenewal claim => RenewalRules.Claim(state, claim, at),
            Command.FinishRenewal finish => RenewalRules.Finish(state, finish, at),
            Command.TakeSettings settings => RenewalRules.TakeSettings(state, settings.Since, at),
            Command.Retire retire => RetireRules.Retire(state, retire, at),
            Command.FinishRevocation finish => RetireRules.Finish(state, finish, at),
            Command.Expire expire => Expire(state, expire, at),
            Command.Heal => new Decision.Changed(RenewalRules.Doubt(state, at), WriteResult.None),
            _ => throw new ArgumentOutOfRangeException(nameof(command)),
        };
        return decision is Decision.Changed changed ? changed with { State = Stamp(state, changed, command, at) } : decision;
    }

    /// <summary>The etag in the form that a status shows.</summary>
    public static string FormatEtag(long etag) => etag.ToString("x", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>When the record needs attention next, without any call; null: never.</summary>
    public static DateTimeOffset? Due(TenantRecord state) => new[]
    {
        state.Test?.EndTime,
        state.Setup?.EndTime,
        RenewalTimes.Due(state),
        RetireRules.Due(state),
        RotationRules.Due(state),
        PublishedState.By(state).Session?.ExpectedExpireTime,
    }.Min();

    /// <summary>A claim is over by its owner's clock, or a session by this server's, but this server has not known it for long enough to end it.</summary>
    public static bool IsOverdue(TenantRecord state, DateTimeOffset now) =>
        state.Test?.EndTime <= now || state.Setup?.Completion?.EndTime <= now || PublishedState.By(state).Session?.ExpectedExpireTime <= now
        || RenewalTimes.HasOverdueClaim(state, now) || RotationRules.HasOverdueClaim(state, now);

    // Rev, revision and etag change only here.
    private static TenantRecord Stamp(TenantRecord before, Decision.Changed changed, Command command, Moment at)
    {
        var heals = command is Command.Heal;
        var settles = command is Command.Write || changed.Result == WriteResult.Activated
            || (command, changed.Result) is (Command.FinishSetup, WriteResult.Staged);
        var after = changed.State with
        {
            Rev = at.Rev,
            Etag = settles ? at.Rev : before.Etag,
            // The service's own commits do not make a restored state any newer; an administrator's write does.
            HealedFrom = heals ? before.HealedFrom ?? before.Rev : settles ? null : before.HealedFrom,
        };
        return heals || PublishedState.By(after) != PublishedState.By(before) ? after with { Revision = at.Rev, RevisionTime = at.Now } : after;
    }

    // Ends claims without a result, an abandoned setup, and a session past its end.
    private static Decision Expire(TenantRecord state, Command.Expire expire, Moment at)
    {
        var after = SetupRules.Expire(TestRules.Expire(state, expire.RipeRev, at, out var testEnds), expire.RipeRev, at, out var setupEnds);
        after = RotationRules.Expire(RenewalRules.Expire(after, expire.RipeRev, at), expire.RipeRev, at);
        // If two pending requests end at the same time, they end in two commits.
        if (testEnds is not null && setupEnds is not null)
            after = after with { Setup = state.Setup, LastSetup = state.LastSetup, ClosedSetups = state.ClosedSetups };
        return after == state ? new Decision.Nothing() : new Decision.Changed(after, WriteResult.None, testEnds ?? setupEnds);
    }
}
