using CsCheck;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Requests as administrators might send them: few values, so that they meet.</summary>
internal static class RandomCommands
{
    public const string Caller = "model";

    public const string OtherCaller = "other";

    private static readonly Gen<string?> User = Gen.OneOf<string?>(null, "ann", "bob");

    private static readonly Gen<(string? Password, string? Token)> Password =
        Gen.OneOf<(string?, string?)>((null, null), (null, null), ("p1", "t1"), ("p2", ""), ("p3", null), (null, "t4"));

    private static readonly Gen<bool?> Sandbox = Gen.OneOf<bool?>(null, null, false, true);

    private static readonly Gen<Command.Request> SetPassword =
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

    private static readonly Gen<OAuthFields> Fields =
        from org in Gen.OneOf<string?>(null, "org-1", "org-1", "org-2")
        from user in Gen.OneOf<string?>(null, "user-1", "user-1", "user-2")
        from sandbox in Sandbox
        select new OAuthFields { OrgId = org, UserId = user, UseSandbox = sandbox };

    private static readonly Gen<Command.Request> SetOAuth =
        from fields in Fields
        from testFirst in Gen.Bool
        select (Command.Request)new Command.SetOAuth { By = Caller, RequestId = Guid.NewGuid(), Fields = fields, TestFirst = testFirst };

    private static readonly Gen<Command.Request> SetClientCredentials =
        from key in Gen.OneOf<string?>(null, "key-1", "key-1", "key-2")
        from secret in Gen.OneOf<string?>(null, "secret-1", "secret-2")
        from myDomain in Gen.OneOf<string?>(null, "acme.my.salesforce.com", "acme.my.salesforce.com", "acme--uat.sandbox.my.salesforce.com")
        from sandbox in Sandbox
        from org in Gen.OneOf<string?>(null, null, "", "org-1")
        from testFirst in Gen.Bool
        select (Command.Request)new Command.SetClientCredentials
        {
            By = Caller,
            RequestId = Guid.NewGuid(),
            ConsumerKey = key,
            ConsumerSecret = secret is null ? null : new Secret(secret),
            MyDomain = myDomain,
            UseSandbox = sandbox,
            OrgId = org,
            TestFirst = testFirst,
        };

    private static readonly Gen<Mode> Modes = Gen.OneOf(Mode.Password, Mode.Oauth, Mode.ClientCredentials);

    private static readonly Gen<Command.Request> Delete =
        from mode in Modes
        from allow in Gen.Bool
        select (Command.Request)new Command.Delete { Mode = mode, By = Caller, RequestId = Guid.NewGuid(), AllowActive = allow };

    private static readonly Gen<Command.Request> TestAccess =
        from mode in Modes
        from slot in Gen.OneOf<Slot?>(null, null, Slot.Current, Slot.Candidate)
        select (Command.Request)new Command.TestAccess { By = Caller, RequestId = Guid.NewGuid(), Mode = mode, Slot = slot };

    /// <summary>
    /// An administrator's request. Code that knows the record fills in its etag, if it is to have one, and the state that a setup
    /// starts with.
    /// </summary>
    public static readonly Gen<Command.Request> Write = Gen.Frequency(
        (4, SetPassword),
        (3, SetOAuth),
        (4, SetClientCredentials),
        (1, Fields.Select(fields => (Command.Request)new Command.ResetOAuth { By = Caller, RequestId = Guid.NewGuid(), Fields = fields })),
        (3, Gen.Const(0).Select(_ => (Command.Request)new Command.StartSetup
            { By = Caller, RequestId = Guid.NewGuid(), StateHash = "", CodeVerifier = new Secret("verifier") })),
        (5, Gen.OneOf(Mode.Password, Mode.Oauth, Mode.Oauth, Mode.ClientCredentials, Mode.Off)
            .Select(mode => (Command.Request)new Command.SetActiveMode { By = Caller, RequestId = Guid.NewGuid(), Mode = mode })),
        (1, Modes.Select(mode => (Command.Request)new Command.DiscardCandidate { By = Caller, RequestId = Guid.NewGuid(), Mode = mode })),
        (3, Delete),
        (3, TestAccess));
}
