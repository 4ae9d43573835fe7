using CsCheck;
using GrpcCreds.Server;
using GrpcCreds.Server.Credentials;

namespace GrpcCreds.Tests.Credentials;

/// <summary>Commands as administrators, Salesforce and the clock might send them: few values, so that they meet.</summary>
internal static class RandomCommands
{
    public const string Caller = "model";

    private static readonly Gen<string?> User = Gen.OneOf<string?>(null, "ann", "bob");

    private static readonly Gen<(string? Password, string? Token)> Password =
        Gen.OneOf<(string?, string?)>((null, null), (null, null), ("p1", "t1"), ("p2", ""), ("p3", null), (null, "t4"));

    private static readonly Gen<bool?> Sandbox = Gen.OneOf<bool?>(null, null, false, true);

    private static readonly Gen<Command.Request> Set =
        from user in User
        from password in Password
        from sandbox in Sandbox
        from testFirst in Gen.Bool
        select (Command.Request)new Command.SetPassword
        {
            By = Caller,
            RequestId = Guid.NewGuid(),
            Username = user,
            Password = password.Password is { } text ? new Secret(text) : null,
            SecurityToken = password.Token is { } token ? new Secret(token) : null,
            UseSandbox = sandbox,
            TestFirst = testFirst,
        };

    /// <summary>An administrator's request; its etag, if it is to have one, is filled in by who knows the record.</summary>
    public static readonly Gen<Command.Request> Write = Gen.Frequency(
        (5, Set),
        (3, Gen.OneOf(Mode.Password, Mode.Off).Select(mode => (Command.Request)new Command.SetActiveMode { By = Caller, RequestId = Guid.NewGuid(), Mode = mode })),
        (1, Gen.Const(0).Select(_ => (Command.Request)new Command.DiscardCandidate { By = Caller, RequestId = Guid.NewGuid(), Mode = Mode.Password })),
        (1, Gen.Bool.Select(allow => (Command.Request)new Command.DeletePassword { By = Caller, RequestId = Guid.NewGuid(), AllowActive = allow })),
        (2, Gen.OneOf<Slot?>(null, null, Slot.Current, Slot.Candidate).Select(slot => (Command.Request)new Command.TestAccess { By = Caller, RequestId = Guid.NewGuid(), Mode = Mode.Password, Slot = slot })));

    /// <summary>What Salesforce answers to a login.</summary>
    public static readonly Gen<Func<DateTimeOffset, TestVerdict>> Verdict = Gen.Frequency(
        (3, Gen.Int[1, 1_000_000].Select(token => (Func<DateTimeOffset, TestVerdict>)(now => new TestVerdict(Session($"token-{token}", now), null, [])))),
        (1, Gen.OneOf(FailureClass.LoginRefused, FailureClass.WrongIdentity, FailureClass.NotPermitted, FailureClass.Unavailable, FailureClass.OutcomeUnknown)
            .Select(failure => (Func<DateTimeOffset, TestVerdict>)(now => new TestVerdict(null, new Failure(failure, null, "", now), [])))));

    /// <summary>The same as the answer to a renewal.</summary>
    public static UpkeepAnswer ToAnswer(TestVerdict verdict) => verdict.Failure is { } failure
        ? new UpkeepAnswer.NotRenewed(failure, failure.EndsLogins ? GrantFate.Dead : GrantFate.Kept)
        : new UpkeepAnswer.Renewed(verdict.Session!);

    private static SalesforceSession Session(string token, DateTimeOffset now) => new()
    {
        AccessToken = new Secret(token),
        InstanceUrl = "https://acme.my.salesforce.com",
        Identity = new("00Dxx0000001gPLEAY", "005600000045vWeAAI"),
        LoginUrl = "https://login.salesforce.com",
        ExpectedExpireTime = now + TimeSpan.FromMinutes(30),
    };
}
