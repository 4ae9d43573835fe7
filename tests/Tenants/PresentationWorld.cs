using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>
/// A record, three owners that call for it, their clocks two hours apart, and a Salesforce that takes each token once. What is under way comes
/// about in its own time: a request is sent within 5 s of its claim and handled within 20 s, its answer is heard at once, late or never.
/// </summary>
internal sealed class PresentationWorld
{
    private static readonly int[] Skews = [0, 3600, -3600];

    private readonly RotatingSalesforce salesforce = new();
    private readonly PriorityQueue<Action, (DateTimeOffset, long)> coming = new();
    private readonly List<TenantRecord> past = [];
    private readonly List<(long Rev, DateTimeOffset Time)> known = [(0, DateTimeOffset.MinValue)];
    private Always always = new();
    private DateTimeOffset now = DateTimeOffset.UnixEpoch.AddYears(56);
    private long rev = 1;

    public TenantRecord State { get; private set; } = new() { Tenant = TenantId.Parse("acme") };

    public TokenWitness Witness { get; } = new();

    public void Pass(int seconds)
    {
        var until = now + TimeSpan.FromSeconds(seconds);
        while (coming.TryPeek(out _, out var next) && next.Item1 <= until)
        {
            var happens = coming.Dequeue();
            now = next.Item1;
            happens();
        }
        now = until;
    }

    public bool Do(Command command, int owner = 0)
    {
        var at = new Moment(++rev, now + TimeSpan.FromSeconds(Skews[owner]));
        if (RecordRules.Apply(State, command, at) is not Decision.Changed { State: var after, Result: var result })
            return false;
        always.Holds(State, command, after, result, at);
        past.Add(State);
        State = after;
        known.Add((rev, now));
        return true;
    }

    /// <summary>An owner ends what has run out: of claims those it has known for a minute by its monotonic clock, whatever its other clock says.</summary>
    public void Expire(int owner) => Do(new Command.Expire(known.Last(commit => commit.Time <= now - Claims.Lifetime).Rev), owner);

    /// <summary>A setup from its start to its end; the code is handled while it goes on, or its answer is lost.</summary>
    public void SetUp(bool isLost)
    {
        if (!Do(new Command.StartSetup { By = "ann", RequestId = Guid.NewGuid(), StateHash = $"state-{rev}", CodeVerifier = new("verifier") }))
            return;
        Do(new Command.CompleteSetup { By = "ann", RequestId = Guid.NewGuid(), StateHash = State.Setup!.StateHash, ByAnybody = true });
        if (!isLost)
            Do(new Command.FinishSetup(State.Setup!.Completion!.Attempt, RandomAnswers.LoginUrl,
                new() { Session = Session(), RefreshToken = new(salesforce.Authorize()) }));
    }

    /// <summary>An owner claims what is due, or a renewal of its own, and calls.</summary>
    public void Call(int owner, bool atOnce, Fate fate)
    {
        var places = new[] { State.OAuth.Current, State.OAuth.Candidate };
        var id = atOnce ? places.FirstOrDefault(one => one?.Grant is not null)?.CredentialId : null;
        if ((atOnce && id is null) || !Do(new Command.ClaimRenewal { CredentialId = id }, owner))
            return;
        // Logins do not matter here and get no answer.
        if (new[] { State.OAuth.Current, State.OAuth.Candidate }.SingleOrDefault(one => one?.Renewal.Claim?.Attempt == State.Rev) is not { } claimed)
            return;
        var (claim, token) = (claimed.Renewal.Claim!, claimed.Grant!.RefreshToken.Reveal());
        if (claim.Step == RenewalCall.Renew)
            After(fate.SendAfter, () => Send(claimed, claim.Attempt, token, owner, fate));
        else
            After(fate.HandleAfter, () => Ask(claim, token, owner, fate));
    }

    public void Revoke()
    {
        foreach (var due in State.Retiring.Where(one => one.RevokeTime <= now).ToList())
        {
            // Tokens of apps do not matter here.
            if (due.Mode == Mode.Oauth)
                salesforce.Revoke(due.Token.Reveal());
            Do(new Command.FinishRevocation(due.GrantId, null) { Mode = due.Mode });
        }
    }

    /// <summary>The store loses its newest commits; what it has left is committed again above them.</summary>
    public void RollBack(int commits)
    {
        if (past.Count == 0)
            return;
        var left = past[^Math.Min(commits, past.Count)];
        State = ((Decision.Changed)RecordRules.Apply(left, new Command.Heal(), new(++rev, now))).State;
        known.Add((rev, now));
        // A lost answer may still arrive.
        always = new Always();
    }

    private void Send(OAuthCredential credential, long attempt, string token, int owner, Fate fate)
    {
        // Its owner was stopped for too long, and sends nothing.
        if (fate.SendAfter > 5)
        {
            Hear(credential, attempt, token, new RenewalAnswer.NotRenewed(Failure(), GrantFate.Kept), owner, fate, sent: false);
            return;
        }
        Witness.Presented(token, attempt);
        After(fate.HandleAfter, () =>
        {
            RenewalAnswer answer = fate.IsHandled
                ? salesforce.Refresh(token) is { } next ? Brought(new Secret(next), fate) : new RenewalAnswer.NotRenewed(Failure(), GrantFate.Dead)
                : new RenewalAnswer.NotRenewed(Failure(), GrantFate.Unknown);
            Hear(credential, attempt, token, fate.IsClear ? answer : new RenewalAnswer.NotRenewed(Failure(), GrantFate.Unknown), owner, fate, sent: true);
        });
    }

    // The next token, alone or with a session, or one that is not to be kept.
    private RenewalAnswer Brought(Secret next, Fate fate) =>
        !fate.IsWanted ? new RenewalAnswer.NotRenewed(Failure(), GrantFate.Dead, next)
        : !fate.IsUsable ? new RenewalAnswer.NotRenewed(Failure(), GrantFate.Kept) { Next = next }
        : new RenewalAnswer.Renewed(Session(), next);

    private void Hear(OAuthCredential credential, long attempt, string token, RenewalAnswer answer, int owner, Fate fate, bool sent)
    {
        if (fate.HearAfter is not { } seconds)
            return;
        After(seconds, () =>
        {
            var before = new[] { State.OAuth.Current, State.OAuth.Candidate };
            var claimed = before.Any(one => one?.Renewal.Claim?.Attempt == attempt);
            var doubted = before.Any(one => one?.Renewal.DoubtedAttempt == attempt);
            var merged = Do(new Command.FinishRenewal(attempt, answer), owner);
            Assert.Equal(claimed || doubted, merged);
            if (merged && sent)
                Witness.Merged(token, answer, late: !claimed);
            if (!merged && Came(answer) is { } orphan)
                Do(new Command.Retire(orphan, RandomAnswers.LoginUrl, credential.Identity));
            if (Came(answer) is { } came)
                Assert.True(IsKept(came), "what came is in force, or is revoked");
        });
    }

    private void Ask(RenewalClaim claim, string token, int owner, Fate fate)
    {
        var lives = salesforce.IsActive(token);
        RenewalAnswer answer = (claim.Step, fate.IsClear) switch
        {
            (_, false) => new RenewalAnswer.Unclear(Failure()),
            (RenewalCall.Introspect, _) => lives ? new RenewalAnswer.TokenLives() : new RenewalAnswer.TokenIsDead(),
            _ => lives ? new RenewalAnswer.SessionLives() : new RenewalAnswer.SessionIsDead(),
        };
        if (fate.HearAfter is { } seconds)
        {
            After(seconds, () =>
            {
                if (Do(new Command.FinishRenewal(claim.Attempt, answer), owner) && claim.Step == RenewalCall.Introspect)
                    Witness.Introspected(token, answer);
            });
        }
    }

    private void After(int seconds, Action happens) => coming.Enqueue(happens, (now + TimeSpan.FromSeconds(seconds), ++rev));

    private bool IsKept(Secret token) => State.Retiring.Any(one => one.Token.Equals(token))
        || token.Equals(State.OAuth.Current?.Grant?.RefreshToken) || token.Equals(State.OAuth.Candidate?.Grant?.RefreshToken);

    private static Secret? Came(RenewalAnswer answer) => answer switch
    {
        RenewalAnswer.Renewed renewed => renewed.RefreshToken,
        RenewalAnswer.NotRenewed failed => failed.Unwanted ?? failed.Next,
        _ => null,
    };

    private Failure Failure() => new(FailureClass.Unavailable, null, "", now);

    private SalesforceSession Session() => new()
    {
        AccessToken = new($"access-{++rev}"),
        InstanceUrl = "https://acme.my.salesforce.com",
        Identity = new("org-1", "user-1"),
        LoginUrl = RandomAnswers.LoginUrl,
        ExpectedExpireTime = now + TimeSpan.FromMinutes(30),
    };

    /// <summary>The fate of a call, in seconds; null: it is lost.</summary>
    public sealed record Fate(int SendAfter, int HandleAfter, int? HearAfter, bool IsHandled, bool IsClear, bool IsWanted, bool IsUsable);
}
