using CsCheck;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Answers that Salesforce might give to logins, codes, refresh tokens and questions. Each returns tokens that no other answer
/// returned.
/// </summary>
internal sealed class RandomAnswers(int pick, int token, DateTimeOffset now)
{
    public const string LoginUrl = "https://login.salesforce.com";

    private static readonly FailureClass[] Failures =
        [FailureClass.LoginRefused, FailureClass.WrongIdentity, FailureClass.NotPermitted, FailureClass.Unavailable,
            FailureClass.OutcomeUnknown, FailureClass.Throttled, FailureClass.ServiceConfiguration];

    /// <summary>Any answer: the first number says which, the second names the tokens in it.</summary>
    public static readonly Gen<Func<DateTimeOffset, RandomAnswers>> Any =
        from pick in Gen.Int[0, 23]
        from token in Gen.Int[1, int.MaxValue]
        select (Func<DateTimeOffset, RandomAnswers>)(now => new RandomAnswers(pick, token, now));

    /// <summary>To the test that is open: only an activation accepts another user of an app.</summary>
    public TestVerdict TestOf(TenantRecord state)
    {
        var test = pick < 18 ? new TestVerdict(Session, null, []) : new(null, Failure, []);
        var accepted = state.Test is { Activates: false } open ? (state[open.Mode, open.Slot] as ClientCredential)?.Identity : null;
        return test.Session is { } session && accepted is not null ? test with { Session = session with { Identity = accepted } } : test;
    }

    public RenewalAnswer Login =>
        pick < 18 ? new RenewalAnswer.Renewed(Session) : new RenewalAnswer.NotRenewed(Failure, Failure.EndsLogins ? GrantFate.Dead : GrantFate.Kept);

    /// <summary>To a request for a token of the accepted org and user; another one is refused before it gets here.</summary>
    public RenewalAnswer TokenOf(SalesforceIdentity? accepted) =>
        pick < 16 && accepted is not null ? new RenewalAnswer.Renewed(Session with { Identity = accepted })
        : new RenewalAnswer.NotRenewed(Failure, Failure.Class == FailureClass.WrongIdentity ? GrantFate.Dead : GrantFate.Kept);

    public RenewalAnswer Refresh => pick switch
    {
        < 7 => new RenewalAnswer.Renewed(Session, Token),
        < 11 => new RenewalAnswer.Renewed(Session),
        < 13 => new RenewalAnswer.NotRenewed(Failure, GrantFate.Kept),
        < 15 => new RenewalAnswer.NotRenewed(Failure, GrantFate.Kept) { Next = Token },
        < 16 => new RenewalAnswer.NotRenewed(Failure, GrantFate.Dead),
        < 17 => new RenewalAnswer.NotRenewed(Failure, GrantFate.Dead, Token),
        _ => new RenewalAnswer.NotRenewed(Failure, GrantFate.Unknown),
    };

    public RenewalAnswer Introspection => (pick % 3) switch
    {
        0 => new RenewalAnswer.TokenLives(),
        1 => new RenewalAnswer.TokenIsDead(),
        _ => new RenewalAnswer.Unclear(Failure),
    };

    public RenewalAnswer Check => (pick % 4) switch
    {
        0 => new RenewalAnswer.SessionLives(),
        1 => new RenewalAnswer.SessionIsDead(),
        2 => new RenewalAnswer.HostIsLost(Failure),
        _ => new RenewalAnswer.Unclear(Failure),
    };

    public GrantVerdict Code => pick switch
    {
        < 16 => new() { Session = Session, RefreshToken = Token },
        < 19 => new() { Failure = Failure, Fate = GrantFate.Dead, RefreshToken = Token },
        < 22 => new() { Failure = Failure, Fate = GrantFate.Dead },
        _ => new() { Failure = Failure with { Class = FailureClass.OutcomeUnknown }, Fate = GrantFate.Unknown },
    };

    public Failure? Revocation => pick % 2 == 0 ? null : Failure;

    public Failure Failure => new(Failures[pick % Failures.Length], null, "", now);

    public Secret Token => new($"refresh-{token}");

    private SalesforceSession Session => new()
    {
        AccessToken = new Secret($"access-{token}"),
        InstanceUrl = pick % 3 == 0 ? "https://moved.my.salesforce.com" : "https://acme.my.salesforce.com",
        Identity = new("org-1", pick % 5 == 0 ? "user-2" : "user-1"),
        LoginUrl = LoginUrl,
        ExpectedExpireTime = now + TimeSpan.FromMinutes(30),
    };
}
