using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

/// <summary>One tenant's history, told by hand; every commit is held against what must always be so.</summary>
internal sealed class History
{
    private readonly Always always = new();
    private long rev = 1;

    public TenantRecord State { get; private set; } = new() { Tenant = TenantId.Parse("acme") };

    public DateTimeOffset Now { get; private set; } = DateTimeOffset.UnixEpoch.AddYears(56);

    public OAuthCredential Current => State.OAuth.Current!;

    /// <summary>OAuth is in force, and its session wanted.</summary>
    public static History OfServingGrant()
    {
        var history = new History();
        history.Do(history.Ids());
        history.SetUp();
        history.Do(new Command.Want());
        return history;
    }

    public object? Do(Command command)
    {
        var at = new Moment(rev = Math.Max(rev, State.Rev) + 1, Now);
        var decision = RecordRules.Apply(State, command, at);
        if (decision is Decision.Changed { State: var after, Result: var result })
        {
            always.Holds(State, command, after, result, at);
            State = after;
        }
        Attention.IsPaidToWhatIsDue(State, Now);
        return decision switch { Decision.Changed changed => changed.Result, Decision.Refused refused => refused.Refusal.Reason, _ => null };
    }

    public void Pass(double minutes) => Now += TimeSpan.FromMinutes(minutes);

    public Command.SetOAuth Ids(bool testFirst = true) =>
        new() { By = "ann", RequestId = Guid.NewGuid(), Fields = new() { OrgId = "org", UserId = "user" }, TestFirst = testFirst };

    public Command.SetActiveMode Activation(Mode mode) => new() { By = "ann", RequestId = Guid.NewGuid(), Mode = mode };

    public Command.TestAccess Test(Slot slot) => new() { By = "ann", RequestId = Guid.NewGuid(), Mode = Mode.Oauth, Slot = slot };

    /// <summary>From the start of a setup to its end with a grant.</summary>
    public object? SetUp()
    {
        Start();
        return FinishSetup(Complete());
    }

    public void Start() =>
        Assert.Equal(WriteResult.WaitingForSetup,
            Do(new Command.StartSetup { By = "ann", RequestId = Guid.NewGuid(), StateHash = $"state-{rev}", CodeVerifier = new("verifier") }));

    public long Complete()
    {
        Assert.Equal(WriteResult.Pending,
            Do(new Command.CompleteSetup { By = "ann", RequestId = Guid.NewGuid(), StateHash = State.Setup!.StateHash, ByAnybody = false }));
        return State.Setup!.Completion!.Attempt;
    }

    public object? FinishSetup(long attempt) =>
        Do(new Command.FinishSetup(attempt, RandomAnswers.LoginUrl, new() { Session = Session(), RefreshToken = Token() }));

    public long Claim(RenewalCall step, long? credentialId = null)
    {
        Assert.Equal(WriteResult.Pending, Do(new Command.ClaimRenewal { CredentialId = credentialId }));
        var claim = new Credential?[] { State.OAuth.Current, State.OAuth.Candidate }.Single(one => one?.Renewal.Claim?.Attempt == State.Rev)!.Renewal.Claim!;
        Assert.Equal(step, claim.Step);
        return claim.Attempt;
    }

    public object? Answer(long attempt, RenewalAnswer answer) => Do(new Command.FinishRenewal(attempt, answer));

    /// <summary>A renewal is presented, and its answer is lost.</summary>
    public long LoseRenewal()
    {
        var attempt = Claim(RenewalCall.Renew, Current.CredentialId);
        Pass(1);
        Expire();
        Assert.Equal(attempt, Current.Renewal.DoubtedAttempt);
        return attempt;
    }

    /// <summary>Ends what has run out.</summary>
    public object? Expire() => Do(Ripe.Expire(State, Now));

    /// <summary>Salesforce has revoked something of the same user: the session is suspect.</summary>
    public void Suspect()
    {
        Do(new Command.Retire(Token(), RandomAnswers.LoginUrl, Current.Identity));
        Do(new Command.FinishRevocation(State.Retiring[^1].GrantId, null));
        Assert.Equal(Now, Current.Renewal.CheckTime);
    }

    public RenewalAnswer.Renewed Renewed() => new(Session(), Token());

    public RenewalAnswer.NotRenewed NotRenewed(GrantFate fate, Secret? unwanted = null) => new(Failure(), fate, unwanted);

    public Failure Failure(FailureClass failure = FailureClass.Unavailable) => new(failure, null, "", Now);

    public Secret Token() => new($"refresh-{rev}");

    private SalesforceSession Session() => new()
    {
        AccessToken = new($"access-{rev}"),
        InstanceUrl = "https://acme.my.salesforce.com",
        Identity = new("org", "user"),
        LoginUrl = RandomAnswers.LoginUrl,
        ExpectedExpireTime = Now + TimeSpan.FromHours(2),
    };
}
