using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>A grant whose last renewal has an unknown outcome, and whose session is to be checked besides.</summary>
public sealed class DoubtTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);
    private static readonly SalesforceIdentity Identity = new("00Dxx0000001gPLEAY", "005600000045vWeAAI");
    private static readonly Failure Unknown = new(FailureClass.OutcomeUnknown, null, "", Now);

    [Fact]
    public void A_token_that_is_dead_is_not_asked_for_again_because_a_check_is_due()
    {
        var (state, rev) = (InDoubt(), 2L);
        (state, var claim) = Claim(state, rev++);
        Assert.Equal(RenewalCall.Check, claim!.Step);
        state = Finish(state, claim, new RenewalAnswer.SessionLives(), rev++);
        (state, claim) = Claim(state, rev++);
        Assert.Equal(RenewalCall.Introspect, claim!.Step);
        state = Finish(state, claim, new RenewalAnswer.TokenIsDead(), rev++);
        // The grant may have taken its session with it.
        (state, claim) = Claim(state, rev++);
        Assert.Equal(RenewalCall.Check, claim!.Step);
        state = Finish(state, claim, new RenewalAnswer.SessionLives(), rev++);
        Assert.Equal(Availability.Serving, PublishedState.By(state).Availability);
        Assert.Null(Claim(state, rev).Claim);
    }

    [Fact]
    public void A_session_that_is_found_dead_with_its_grant_is_told_at_once()
    {
        var (state, rev) = (InDoubt(), 2L);
        (state, var claim) = Claim(state, rev++);
        state = Finish(state, claim!, new RenewalAnswer.SessionIsDead(), rev++);
        (state, claim) = Claim(state, rev++);
        state = Finish(state, claim!, new RenewalAnswer.TokenIsDead(), rev++);
        Assert.Equal(Availability.ReauthorizationRequired, PublishedState.By(state).Availability);
        Assert.Null(Claim(state, rev).Claim);
    }

    [Fact]
    public void An_introspection_that_told_nothing_is_not_repeated_before_its_time()
    {
        var (state, rev) = (InDoubt(), 2L);
        (state, var claim) = Claim(state, rev++);
        Assert.Equal(RenewalCall.Check, claim!.Step);
        state = Finish(state, claim, new RenewalAnswer.SessionLives(), rev++);
        (state, claim) = Claim(state, rev++);
        state = Finish(state, claim!, new RenewalAnswer.Unclear(Unknown), rev++);
        Assert.Null(Claim(state, rev).Claim);
        Assert.Equal(RenewalCall.Introspect, Claim(state, rev, Now + TimeSpan.FromMinutes(2)).Claim!.Step);
    }

    // The store has lost the claim under which the token is being presented; what is left of an earlier one is old.
    [Fact]
    public void After_the_store_went_back_nothing_is_asked_before_a_claim_of_that_moment_has_ended()
    {
        var granted = InDoubt();
        var renewal = granted.OAuth.Current!.Renewal with { DoubtedAttempt = null, CheckTime = null, Claim = new RenewalClaim(5, RenewalCall.Renew, Now) };
        var left = granted with { Rev = 5, OAuth = new(granted.OAuth.Current with { Renewal = renewal }, null) };
        var healed = Assert.IsType<Decision.Changed>(RecordRules.Apply(left, new Command.Heal(), new(30, Now))).State;
        Assert.Equal(5, healed.OAuth.Current!.Renewal.Claim!.Attempt);

        // A server that has known revs up to 29 for a claim's lifetime does not know of this claim for so long.
        Assert.IsType<Decision.Nothing>(RecordRules.Apply(healed, new Command.Expire(29), new(31, Now)));
        Assert.IsType<Decision.Nothing>(RecordRules.Apply(healed, new Command.ClaimRenewal(), new(31, Now)));
        var expired = Assert.IsType<Decision.Changed>(RecordRules.Apply(healed, new Command.Expire(30), new(32, Now + Claims.Lifetime))).State;
        Assert.Equal((null, 5L), (expired.OAuth.Current!.Renewal.Claim, expired.OAuth.Current.Renewal.DoubtedAttempt!.Value));
        // The answer of the attempt that the store knows of still finds its place, before and after.
        var answer = new Command.FinishRenewal(5, new RenewalAnswer.NotRenewed(Unknown, GrantFate.Kept));
        foreach (var state in new[] { healed, expired })
            Assert.IsType<Decision.Changed>(RecordRules.Apply(state, answer, new(33, Now)));
    }

    private static (TenantRecord State, RenewalClaim? Claim) Claim(TenantRecord state, long rev, DateTimeOffset? now = null) =>
        RecordRules.Apply(state, new Command.ClaimRenewal(), new(rev, now ?? Now)) is Decision.Changed { State: var after }
            ? (after, after.OAuth.Current!.Renewal.Claim) : (state, null);

    private static TenantRecord Finish(TenantRecord state, RenewalClaim claim, RenewalAnswer answer, long rev) =>
        Assert.IsType<Decision.Changed>(RecordRules.Apply(state, new Command.FinishRenewal(claim.Attempt, answer), new(rev, Now))).State;

    private static TenantRecord InDoubt()
    {
        var session = new SalesforceSession
        {
            AccessToken = new Secret("session"),
            InstanceUrl = "https://acme.my.salesforce.com",
            Identity = Identity,
            LoginUrl = "https://login.salesforce.com",
            ExpectedExpireTime = Now + TimeSpan.FromHours(1),
        };
        var credential = new OAuthCredential
        {
            CredentialId = 1,
            Identity = Identity,
            SetTime = Now,
            SetBy = "ann",
            UseSandbox = false,
            OnSetup = OnSetup.Activate,
            Grant = new Grant
            {
                GrantId = 1,
                RefreshToken = new Secret("token"),
                LoginUrl = session.LoginUrl,
                AuthorizeTime = Now,
                SessionLifetime = TimeSpan.FromHours(2),
                RenewTime = Now,
            },
            Renewal = SessionRenewal.None with { Session = session, DoubtedAttempt = 1, RenewTime = Now, CheckTime = Now, Failure = Unknown },
        };
        return new() { Tenant = TenantId.Parse("acme"), Rev = 1, ActiveMode = Mode.Oauth, WantedTime = Now, OAuth = new(credential, null) };
    }
}
