using CsCheck;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>A possible next event for a tenant, drawn before the tenant's state at that time is known.</summary>
internal sealed record RandomStep(RandomStep.Kind What, Command.Request Write, int Pick, int Seconds, string Etag)
{
    private static readonly SalesforceIdentity Identity = new("org-1", "user-1");

    public static readonly Gen<RandomStep> Any =
        from write in RandomCommands.Write
        from what in Gen.Frequency(
            (10, Gen.Const(Kind.Write)),
            (5, Gen.Const(Kind.FinishTest)),
            (1, Gen.Const(Kind.Protected)),
            (3, Gen.Const(Kind.CompleteSetup)),
            (3, Gen.Const(Kind.FinishSetup)),
            (1, Gen.Const(Kind.Authorize)),
            (1, Gen.Const(Kind.Connect)),
            (2, Gen.Const(Kind.Want)),
            (3, Gen.Const(Kind.Reject)),
            (4, Gen.Const(Kind.Claim)),
            (2, Gen.Const(Kind.ClaimNow)),
            (1, Gen.Const(Kind.TakeSettings)),
            (5, Gen.Const(Kind.FinishRenewal)),
            (1, Gen.Const(Kind.Retire)),
            (2, Gen.Const(Kind.FinishRevocation)),
            (4, Gen.Const(Kind.Expire)),
            (1, Gen.Const(Kind.Heal)))
        from pick in Gen.Int[0, 23]
        from seconds in Gen.OneOf(0, 0, 1, 30, 61, 1000, 90_000)
        from etag in Gen.Frequency((6, Gen.Const("none")), (2, Gen.Const("right")), (1, Gen.Const("wrong")))
        select new RandomStep(what, write, pick, seconds, etag);

    public enum Kind
    {
        Write,
        FinishTest,
        Protected,
        CompleteSetup,
        FinishSetup,

        /// <summary>A set, its setup and its end: the way to a grant is long for chance.</summary>
        Authorize,

        /// <summary>An app that is set, tested and used.</summary>
        Connect,
        Want,
        Reject,
        Claim,
        ClaimNow,
        TakeSettings,
        FinishRenewal,
        Retire,
        FinishRevocation,
        Expire,
        Heal,
    }

    /// <summary>The commands of this step, each made for the state that the one before has left.</summary>
    public IEnumerable<Func<TenantRecord, Moment, Command>> Commands => What switch
    {
        Kind.Connect =>
        [
            (_, _) => new Command.SetClientCredentials
            {
                By = RandomCommands.Caller, RequestId = Write.RequestId, ConsumerKey = "key-1", ConsumerSecret = new Secret("secret-1"),
                MyDomain = "acme.my.salesforce.com", UseSandbox = false, OrgId = "", TestFirst = true,
            },
            (state, at) => new Command.FinishTest(state.Test?.Attempt ?? 1, new RandomAnswers(Pick % 18, (int)at.Rev, at.Now).TestOf(state)),
            (_, _) => new Command.Want(),
        ],
        Kind.Authorize =>
        [
            (_, _) => new Command.SetOAuth
                { By = RandomCommands.Caller, RequestId = Write.RequestId, Fields = new() { OrgId = "org-1", UserId = "user-1" }, TestFirst = Pick % 3 > 0 },
            (_, at) => new Command.StartSetup
                { By = RandomCommands.Caller, RequestId = Write.RequestId, StateHash = $"state-{at.Rev}", CodeVerifier = new Secret("verifier") },
            (state, _) => new Command.CompleteSetup
                { By = RandomCommands.Caller, RequestId = Write.RequestId, StateHash = state.Setup!.StateHash, ByAnybody = true },
            (state, at) => new Command.FinishSetup(state.Setup!.Completion!.Attempt, RandomAnswers.LoginUrl, new RandomAnswers(0, (int)at.Rev, at.Now).Code),
        ],
        _ => [Command],
    };

    private Command Command(TenantRecord state, Moment at)
    {
        var answers = new RandomAnswers(Pick, (int)at.Rev, at.Now);
        return What switch
        {
            Kind.Write => Prepared(state, at),
            Kind.FinishTest => new Command.FinishTest(Stale(state.Test?.Attempt), answers.TestOf(state)),
            Kind.Protected => new Command.FinishTest(state.Test?.Attempt ?? 1, null),
            Kind.CompleteSetup => new Command.CompleteSetup
            {
                By = Pick % 5 == 0 ? RandomCommands.OtherCaller : RandomCommands.Caller,
                ByAnybody = Pick % 3 == 0,
                RequestId = Write.RequestId,
                StateHash = Pick < 16 ? state.Setup?.StateHash ?? "unknown" : Pick < 22 && state.ClosedSetups.Count > 0
                    ? state.ClosedSetups[Pick % state.ClosedSetups.Count].StateHash : "unknown",
                Error = Pick % 4 == 1 ? answers.Failure : null,
            },
            Kind.FinishSetup => new Command.FinishSetup(Stale(state.Setup?.Completion?.Attempt), RandomAnswers.LoginUrl, answers.Code),
            Kind.Want => new Command.Want(),
            Kind.Reject => new Command.Reject(Pick % 8 == 0 ? state.Revision - 1 : state.Revision),
            Kind.ClaimNow => new Command.ClaimRenewal
            {
                CredentialId = (Pick % 7 == 0 ? state.ClientCredentials.Current : state.OAuth[Pick % 2 == 0 ? Slot.Current : Slot.Candidate] as Credential)
                    ?.CredentialId ?? 1,
                ForLostHost = Pick % 3 == 0,
            },
            Kind.TakeSettings => new Command.TakeSettings(at.Now),
            Kind.Claim => new Command.ClaimRenewal(),
            Kind.FinishRenewal => Answer(state, answers),
            Kind.Retire => new Command.Retire(answers.Token, RandomAnswers.LoginUrl, Identity) { Mode = Pick % 2 == 0 ? Mode.Oauth : Mode.ClientCredentials },
            Kind.FinishRevocation when state.Retiring.Count > 0 && state.Retiring[Pick % state.Retiring.Count] is var retiring =>
                new Command.FinishRevocation(retiring.GrantId, answers.Revocation) { Mode = retiring.Mode },
            Kind.FinishRevocation => new Command.FinishRevocation(1, answers.Revocation),
            Kind.Heal => new Command.Heal(),
            _ => Pick == 0 ? new Command.Expire(0) : Ripe.Expire(state, at.Now),
        };
    }

    private Command.Request Prepared(TenantRecord state, Moment at)
    {
        var write = Write is Command.StartSetup start ? start with { StateHash = $"state-{at.Rev}" } : Write;
        return write with { Etag = Etag switch { "none" => null, "right" => RecordRules.FormatEtag(state.Etag), _ => RecordRules.FormatEtag(state.Etag + 1) } };
    }

    // To a call that is under way, or to one that is in doubt, or to none.
    private Command.FinishRenewal Answer(TenantRecord state, RandomAnswers answers)
    {
        var kept = Modes.Places.Select(place => state[place.Mode, place.Slot]).OfType<Credential>().ToList();
        if (Pick % 2 == 0 && kept.Find(one => one.Renewal.DoubtedAttempt is not null) is { } inDoubt)
            return new(inDoubt.Renewal.DoubtedAttempt!.Value, answers.Refresh);
        if (kept.Find(one => one.Renewal.Claim is not null) is not { Renewal.Claim: { } claim } claimed)
            return new(1, answers.Refresh);
        return new(Stale(claim.Attempt), claim.Step switch
        {
            RenewalCall.Introspect => answers.Introspection,
            RenewalCall.Check => answers.Check,
            _ => claimed switch
            {
                PasswordCredential => answers.Login,
                ClientCredential app => answers.TokenOf(app.Identity),
                _ => answers.Refresh,
            },
        });
    }

    private long Stale(long? attempt) => attempt is { } open && Pick != 23 ? open : 1;
}
