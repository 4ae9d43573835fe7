using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// Random histories of a tenant that moves between a mode of its own app and the other modes: what must hold after each commit, whatever came before.
/// </summary>
public sealed class AppCredentialHistoryTests
{
    private const int Steps = 20_000;

    [Theory]
    [InlineData("ClientCredentials", 1)]
    [InlineData("JwtBearer", 1)]
    [InlineData("ClientCredentials", 2)]
    [InlineData("JwtBearer", 2)]
    [InlineData("ClientCredentials", 3)]
    [InlineData("JwtBearer", 3)]
    [InlineData("ClientCredentials", 4)]
    [InlineData("JwtBearer", 4)]
    public void A_session_serves_only_in_force_and_no_token_that_nodes_had_is_forgotten(string name, int seed)
    {
        var mode = Enum.Parse<Mode>(name);
        var random = new Random(seed);
        var (state, rev, now) = (new TenantRecord { Tenant = TenantId.Parse("acme") }, 1L, DateTimeOffset.UnixEpoch.AddYears(56));
        var (activated, renewed, revoked) = (0, 0, 0);
        for (var step = 0; step < Steps; step++)
        {
            now += TimeSpan.FromMinutes(random.Next(40));
            var at = new Moment(rev = Math.Max(rev, state.Rev) + 1, now);
            var command = Draw(random, state, mode, at);
            if (RecordRules.Apply(state, command, at) is not Decision.Changed changed)
                continue;
            var (before, after) = (state, changed.State);
            Check(before, command, after, mode);
            activated += changed.Result == WriteResult.Activated && after.ActiveMode == mode ? 1 : 0;
            renewed += command is Command.FinishRenewal { Answer: RenewalAnswer.Renewed } && after.ActiveMode == mode ? 1 : 0;
            revoked += command is Command.FinishRevocation { Failure: null, Mode: var revokedMode } && revokedMode == mode ? 1 : 0;
            state = after;
        }
        // The history was worth checking.
        Assert.True(activated > 3 && renewed > 3 && revoked > 3, $"{activated} activated, {renewed} renewed, {revoked} revoked");
    }

    private static void Check(TenantRecord before, Command command, TenantRecord after, Mode mode)
    {
        var (current, candidate) = (App(after, mode), after[mode, Slot.Candidate]);
        Assert.Equal(SessionRenewal.None, candidate?.Renewal ?? SessionRenewal.None);
        Assert.True(after.ActiveMode == mode || current?.Renewal is null or { Session: null, Claim: null, CheckTime: null });
        Assert.Null(current?.Renewal.DoubtedAttempt);
        Assert.True(after.ActiveMode != mode || current?.Identity is not null, "what serves is pinned");
        if (command is not Command.FinishTest)
            Assert.True(current is null || current.CredentialId != App(before, mode)?.CredentialId
                || current.Identity == App(before, mode)?.Identity, "only a test changes the pinned user");
        // Without a renewal or its own end, a session leaves to be revoked.
        if (App(before, mode)?.Renewal.Session is { } left && command is not (Command.FinishRenewal or Command.Expire)
            && !(current?.Holds(left.AccessToken) ?? false))
            Assert.Contains(after.Retiring, retiring => retiring.Token.Equals(left.AccessToken) && retiring.Mode == mode);
        Assert.DoesNotContain(after.Retiring, retiring => current?.Holds(retiring.Token) == true);
    }

    private static Command Draw(Random random, TenantRecord state, Mode mode, Moment at) => random.Next(14) switch
    {
        0 => Set(random, mode, at),
        1 => new Command.SetPassword
            { By = "ann", RequestId = Guid.NewGuid(), Username = "ann", Password = new("p"), SecurityToken = new(""), TestFirst = random.Next(3) > 0 },
        2 => new Command.SetActiveMode { By = "ann", RequestId = Guid.NewGuid(), Mode = (Mode)random.Next(1, 6) },
        3 => new Command.TestAccess { By = "ann", RequestId = Guid.NewGuid(), Mode = mode },
        4 when random.Next(4) == 0 => new Command.Delete { By = "ann", RequestId = Guid.NewGuid(), Mode = mode, AllowActive = true },
        4 => new Command.DiscardCandidate { By = "ann", RequestId = Guid.NewGuid(), Mode = mode },
        5 => new Command.Want(),
        6 => new Command.Reject(state.Revision),
        7 => new Command.ClaimRenewal(),
        8 or 9 when Claimed(state) is { } claim => new Command.FinishRenewal(claim.Attempt, Answer(random, claim, at)),
        10 when state.Retiring.Count > 0 => new Command.FinishRevocation(state.Retiring[0].GrantId, random.Next(3) == 0 ? Failed(at) : null)
            { Mode = state.Retiring[0].Mode },
        11 when random.Next(4) == 0 => new Command.Expire(at.Rev),
        11 => new Command.ClaimRenewal(),
        12 => new Command.Heal(),
        _ => new Command.FinishTest(state.Test?.Attempt ?? 1, random.Next(4) == 0 ? new(null, Failed(at), []) : new(Session(random, at), null, [])),
    };

    private static Command Set(Random random, Mode mode, Moment at) => mode switch
    {
        Mode.JwtBearer => new Command.SetJwtBearer
        {
            By = "ann", RequestId = Guid.NewGuid(), ConsumerKey = "key", Username = "ann@acme.test", TestFirst = random.Next(3) > 0,
            Key = random.Next(3) == 0
                ? new() { PrivateKey = new($"key-{at.Rev}"), Certificate = "c", Fingerprint = $"{at.Rev}", MakeTime = at.Now, ExpireTime = at.Now.AddYears(1) }
                : null,
        },
        _ => new Command.SetClientCredentials
        {
            By = "ann", RequestId = Guid.NewGuid(), ConsumerKey = "key", ConsumerSecret = new($"secret-{at.Rev}"), MyDomain = "acme.my.salesforce.com",
            TestFirst = random.Next(3) > 0,
        },
    };

    private static AppCredential? App(TenantRecord state, Mode mode) => (AppCredential?)state[mode, Slot.Current];

    private static RenewalClaim? Claimed(TenantRecord state) =>
        Modes.Places.Select(place => state[place.Mode, place.Slot]?.Renewal.Claim).FirstOrDefault(claim => claim is not null);

    private static RenewalAnswer Answer(Random random, RenewalClaim claim, Moment at) => (claim.Step, random.Next(4)) switch
    {
        (RenewalCall.Check, 0) => new RenewalAnswer.SessionIsDead(),
        (RenewalCall.Check, 1) => new RenewalAnswer.HostIsLost(Failed(at)),
        (RenewalCall.Check, _) => new RenewalAnswer.SessionLives(),
        (_, 0) => new RenewalAnswer.NotRenewed(Failed(at), GrantFate.Kept),
        (_, 1) => new RenewalAnswer.NotRenewed(Failed(at) with { Class = FailureClass.WrongIdentity }, GrantFate.Dead),
        _ => new RenewalAnswer.Renewed(Session(random, at)),
    };

    private static Failure Failed(Moment at) => new(FailureClass.Unavailable, null, "", at.Now);

    private static SalesforceSession Session(Random random, Moment at) => new()
    {
        AccessToken = new($"access-{at.Rev}"), InstanceUrl = "https://acme.my.salesforce.com", Identity = new("org", $"user-{random.Next(2)}"),
        LoginUrl = "https://acme.my.salesforce.com", ExpectedExpireTime = at.Now + TimeSpan.FromHours(2),
    };
}
