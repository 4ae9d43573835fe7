using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Credentials;

/// <summary>Whatever can run out is due at some time, and what is due can be dealt with: nobody is called in vain, nobody is called for ever.</summary>
internal static class Attention
{
    /// <summary>A check, a renewal or an introspection that fails, of each of three places, and some that follow from another.</summary>
    private const int Enough = 12;

    public static void IsPaidToWhatIsDue(TenantRecord state, DateTimeOffset now)
    {
        var due = RecordRules.Due(state);
        foreach (var end in Ends(state))
            Assert.True(due <= end, $"what runs out at {end:O} is due by then, not at {due:O}");
        if (due <= now)
            Assert.True(IsDone(state, Ripe.Expire(state, now), now) || IsDone(state, new Command.ClaimUpkeep(), now) || state.Retiring.Any(one => one.RevokeTime <= now), "what is due can be done");
    }

    /// <summary>While time stands still and Salesforce says nothing good, the work is done after a few calls.</summary>
    public static void ComesToRest(TenantRecord state, DateTimeOffset now, int pick)
    {
        for (var calls = 0; RecordRules.Due(state) <= now; calls++)
        {
            Assert.True(calls < Enough + state.Retiring.Count, "the same is called for again and again");
            state = After(state, Ripe.Expire(state, now), now);
            state = After(state, new Command.ClaimUpkeep(), now);
            foreach (var claimed in new Credential?[] { state.Password.Current, state.OAuth.Current, state.OAuth.Candidate }.OfType<Credential>())
            {
                if (claimed.Upkeep.Claim is { } claim && claim.StartTime == now)
                    state = After(state, new Command.FinishUpkeep(claim.Attempt, Answer(claim.Step, pick, now)), now);
            }
            foreach (var retiring in state.Retiring.Where(one => one.RevokeTime <= now).ToList())
                state = After(state, new Command.FinishRevocation(retiring.GrantId, Failure(now)), now);
        }
    }

    private static IEnumerable<DateTimeOffset> Ends(TenantRecord state) => new DateTimeOffset?[]
    {
        state.Test?.EndTime, state.Setup?.EndTime, Told.By(state).Session?.ExpectedExpireTime, state.Password.Current?.Upkeep.Claim?.EndTime,
        state.OAuth.Current?.Upkeep.Claim?.EndTime, state.OAuth.Candidate?.Upkeep.Claim?.EndTime, Introspection(state.OAuth.Current), Introspection(state.OAuth.Candidate),
    }.OfType<DateTimeOffset>().Concat(state.Retiring.Select(one => one.RevokeTime));

    private static DateTimeOffset? Introspection(OAuthCredential? credential) =>
        credential is { Upkeep: { DoubtedAttempt: not null, IsStopped: false, Claim: null } upkeep } ? upkeep.RenewTime : null;

    private static bool IsDone(TenantRecord state, Command command, DateTimeOffset now) => RecordRules.Apply(state, command, new(state.Rev + 1, now)) is Decision.Changed;

    private static TenantRecord After(TenantRecord state, Command command, DateTimeOffset now) =>
        RecordRules.Apply(state, command, new(state.Rev + 1, now)) is Decision.Changed changed ? changed.State : state;

    private static UpkeepAnswer Answer(UpkeepStep step, int pick, DateTimeOffset now) => (step, pick % 4) switch
    {
        (UpkeepStep.Check, 3) => new UpkeepAnswer.HostIsLost(Failure(now)),
        (UpkeepStep.Renew, 3) => new UpkeepAnswer.NotRenewed(Failure(now), GrantFate.Kept) { Next = new($"refresh-{pick}-{Guid.NewGuid()}") },
        (UpkeepStep.Check, 0) => new UpkeepAnswer.SessionIsDead(),
        (UpkeepStep.Check, 1) => new UpkeepAnswer.SessionLives(),
        (UpkeepStep.Introspect, 0) => new UpkeepAnswer.TokenIsDead(),
        (UpkeepStep.Introspect, 1) => new UpkeepAnswer.TokenLives(),
        (UpkeepStep.Renew, 0) => new UpkeepAnswer.NotRenewed(Failure(now), GrantFate.Dead),
        (UpkeepStep.Renew, 1) => new UpkeepAnswer.NotRenewed(Failure(now), GrantFate.Unknown),
        (UpkeepStep.Renew, _) => new UpkeepAnswer.NotRenewed(Failure(now), GrantFate.Kept),
        _ => new UpkeepAnswer.Unclear(Failure(now)),
    };

    private static Failure Failure(DateTimeOffset now) => new(FailureClass.Unavailable, null, "", now);
}
