using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>Everything that can expire is due at some time, and due work can be done: no call is in vain, and none repeats for ever.</summary>
internal static class Attention
{
    /// <summary>A check, a renewal or an introspection that fails, of each of four places, and some that follow from another.</summary>
    private const int Enough = 16;

    public static void IsPaidToWhatIsDue(TenantRecord state, DateTimeOffset now)
    {
        var due = RecordRules.Due(state);
        foreach (var end in Ends(state))
            Assert.True(due <= end, $"what runs out at {end:O} is due by then, not at {due:O}");
        if (due <= now)
            Assert.True(IsDone(state, Ripe.Expire(state, now), now) || IsDone(state, new Command.ClaimRenewal(), now)
                || state.Retiring.Any(one => one.RevokeTime <= now), "what is due can be done");
    }

    /// <summary>While time stops and Salesforce never succeeds, the work is done after a few calls.</summary>
    public static void ComesToRest(TenantRecord state, DateTimeOffset now, int pick)
    {
        for (var calls = 0; RecordRules.Due(state) <= now; calls++)
        {
            Assert.True(calls < Enough + state.Retiring.Count, "the same is called for again and again");
            state = After(state, Ripe.Expire(state, now), now);
            state = After(state, new Command.ClaimRenewal(), now);
            foreach (var claimed in Modes.Places.Select(place => state[place.Mode, place.Slot]).OfType<Credential>().ToList())
            {
                if (claimed.Renewal.Claim is { } claim && claim.StartTime == now)
                    state = After(state, new Command.FinishRenewal(claim.Attempt, Answer(claim.Step, pick, now)), now);
            }
            foreach (var retiring in state.Retiring.Where(one => one.RevokeTime <= now).ToList())
                state = After(state, new Command.FinishRevocation(retiring.GrantId, Failure(now)) { Mode = retiring.Mode }, now);
        }
    }

    private static IEnumerable<DateTimeOffset> Ends(TenantRecord state) => new DateTimeOffset?[]
    {
        state.Test?.EndTime, state.Setup?.EndTime, PublishedState.By(state).Session?.ExpectedExpireTime,
        Introspection(state.OAuth.Current), Introspection(state.OAuth.Candidate),
    }.Concat(Modes.Places.Select(place => state[place.Mode, place.Slot]?.Renewal.Claim?.EndTime)).OfType<DateTimeOffset>()
        .Concat(state.Retiring.Select(one => one.RevokeTime));

    private static DateTimeOffset? Introspection(OAuthCredential? credential) =>
        credential is { Renewal: { DoubtedAttempt: not null, IsStopped: false, Claim: null } upkeep } ? upkeep.RenewTime : null;

    private static bool IsDone(TenantRecord state, Command command, DateTimeOffset now) =>
        RecordRules.Apply(state, command, new(state.Rev + 1, now)) is Decision.Changed;

    private static TenantRecord After(TenantRecord state, Command command, DateTimeOffset now) =>
        RecordRules.Apply(state, command, new(state.Rev + 1, now)) is Decision.Changed changed ? changed.State : state;

    private static RenewalAnswer Answer(RenewalCall step, int pick, DateTimeOffset now) => (step, pick % 4) switch
    {
        (RenewalCall.Check, 3) => new RenewalAnswer.HostIsLost(Failure(now)),
        (RenewalCall.Renew, 3) => new RenewalAnswer.NotRenewed(Failure(now), GrantFate.Kept) { Next = new($"refresh-{pick}-{Guid.NewGuid()}") },
        (RenewalCall.Check, 0) => new RenewalAnswer.SessionIsDead(),
        (RenewalCall.Check, 1) => new RenewalAnswer.SessionLives(),
        (RenewalCall.Introspect, 0) => new RenewalAnswer.TokenIsDead(),
        (RenewalCall.Introspect, 1) => new RenewalAnswer.TokenLives(),
        (RenewalCall.Renew, 0) => new RenewalAnswer.NotRenewed(Failure(now), GrantFate.Dead),
        (RenewalCall.Renew, 1) => new RenewalAnswer.NotRenewed(Failure(now), GrantFate.Unknown),
        (RenewalCall.Renew, _) => new RenewalAnswer.NotRenewed(Failure(now), GrantFate.Kept),
        _ => new RenewalAnswer.Unclear(Failure(now)),
    };

    private static Failure Failure(DateTimeOffset now) => new(FailureClass.Unavailable, null, "", now);
}
