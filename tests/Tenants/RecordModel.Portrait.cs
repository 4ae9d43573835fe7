using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Tests.Tenants;

/// <summary>The model and a record as texts that can be compared, one line per thing.</summary>
internal sealed partial class RecordModel
{
    public override string ToString() => string.Join('\n',
    [
        $"told {Nodes.Told} since {Nodes.Revision}, etag {Etag}, in force {force}",
        $"test {running}, asked {(asked is null ? null : (asked.Value, wait, replaced))}",
        setup is null ? "setup none" : $"setup {setup.State} of {setup.Starter} for {setup.Of} {setup.Slot} until {setup.End:O} attempt {setup.Attempt}",
        $"last setup {lastSetup}, over {string.Join(' ', ended.Take(8))}",
        .. from place in Places where this[place.Mode, place.Slot] is not null select Line(place, this[place.Mode, place.Slot]!),
        .. Retiring.OrderBy(one => (one.Id, one.Mode)).Select(one => one.ToString()),
    ]);

    public static string Portrait(TenantRecord state) => string.Join('\n',
    [
        $"told {ToldBy(state)} since {state.Revision}, etag {state.Etag}, in force {(state.ActiveMode == Mode.Off ? state.OffCause : state.ActiveMode)}",
        $"test {(state.Test is { } test ? (test.Attempt, test.Mode, test.Slot, test.Activates, test.EndTime) : null)}, "
            + $"asked {(state.Question is { } question ? (question.Time, question.Wait, question.Replaced) : null)}",
        state.Setup is not { } setup ? "setup none"
            : $"setup {setup.StateHash} of {setup.Starter} for {setup.CredentialId} {setup.Slot} until {setup.EndTime:O} attempt {setup.Completion?.Attempt}",
        $"last setup {(state.LastSetup is { } last ? last.Failure?.Class.ToString() ?? "done" : null)}, "
            + $"over {string.Join(' ', state.ClosedSetups.Select(over => (over.StateHash, over.End.ToString())))}",
        .. from place in Places where state[place.Mode, place.Slot] is not null select Line(place, SavedOf(state[place.Mode, place.Slot]!)),
        .. state.Retiring.OrderBy(one => (one.GrantId, one.Mode))
            .Select(one => new Leaving(one.Mode, one.GrantId, one.Token.Reveal(), one.Identity, one.RevokeTime, one.GiveUpTime, one.Failures).ToString()),
    ]);

    private static readonly (Mode Mode, Slot Slot)[] Places =
    [
        (Mode.Password, Slot.Current), (Mode.Password, Slot.Candidate), (Mode.Oauth, Slot.Current), (Mode.Oauth, Slot.Candidate),
        (Mode.ClientCredentials, Slot.Current), (Mode.ClientCredentials, Slot.Candidate),
    ];

    private static string Line((Mode, Slot) place, Saved one) => string.Join(' ',
        place, one.Id, one.Sandbox, one.Login, one.Ids, one.OnSetup, "grant", one.GrantId, one.Refresh,
        one.GrantUsed.Ticks, "session", one.Session, one.Session is null ? null : (one.Host, one.SessionEnd.Ticks),
        one.SessionDead, "renew", one.RenewTime?.Ticks, "check", one.CheckTime?.Ticks, one.Stopped,
        one.Failures, one.Why?.Class, one.Why?.Time.Ticks, "doubt", one.Doubt, one.Call, "tested", one.LastTest);

    private static Saved SavedOf(Credential credential) => new()
    {
        Id = credential.CredentialId,
        Sandbox = credential.UseSandbox,
        Login = credential switch
        {
            PasswordCredential password => (password.Username, password.Password.Reveal(), password.SecurityToken.Reveal()),
            ClientCredential app => (app.ConsumerKey, app.ConsumerSecret.Reveal(), $"{app.MyDomain} {app.OrgId}"),
            _ => null,
        },
        Ids = (credential as OAuthCredential)?.Identity ?? (credential as ClientCredential)?.Identity,
        OnSetup = (credential as OAuthCredential)?.OnSetup.ToString().ToLowerInvariant(),
        GrantId = (credential as OAuthCredential)?.Grant?.GrantId ?? 0,
        Refresh = (credential as OAuthCredential)?.Grant?.RefreshToken.Reveal(),
        GrantUsed = (credential as OAuthCredential)?.Grant?.RenewTime ?? default,
        Session = credential.Renewal.Session?.AccessToken.Reveal(),
        Host = credential.Renewal.Session?.InstanceUrl,
        SessionEnd = credential.Renewal.Session?.ExpectedExpireTime ?? default,
        SessionDead = credential.Renewal.IsSessionDead,
        RenewTime = credential.Renewal.RenewTime,
        CheckTime = credential.Renewal.CheckTime,
        Stopped = credential.Renewal.IsStopped,
        Failures = credential.Renewal.Failures,
        Why = credential.Renewal.Failure is { } failure ? (failure.Class, failure.Time) : null,
        Doubt = credential.Renewal.DoubtedAttempt,
        Call = credential.Renewal.Claim is { } claim ? (claim.Attempt, claim.Step.ToString(), claim.EndTime, claim.MadeAgain ?? claim.Attempt) : null,
        LastTest = credential.LastTest is { } tested ? tested.Failure?.Class.ToString() ?? "passed" : null,
    };

    private static string ToldBy(TenantRecord state) => GrpcCreds.Server.Tenants.Model.PublishedState.By(state) is { Session: { } session } told
        ? $"Serving {told.Mode} {told.UseSandbox} {session.AccessToken.Reveal()} until {session.ExpectedExpireTime:O}"
        : GrpcCreds.Server.Tenants.Model.PublishedState.By(state).Availability.ToString();
}
