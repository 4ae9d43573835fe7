namespace GrpcCreds.Server.Credentials;

/// <summary>
/// A session and what keeps it alive. Every call to Salesforce for its sake is claimed here first, by a commit; the answer counts only while
/// the claim, or the doubt it left, stands. <see cref="UpkeepRules"/> alone makes the next one.
/// </summary>
internal sealed record SessionUpkeep
{
    public static readonly SessionUpkeep None = new();

    /// <summary>Null when it ended, or was never there.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>Salesforce has said that the session is dead. Nodes are told when its renewal has failed; until then a new one is a moment away.</summary>
    public bool IsSessionDead { get; init; }

    /// <summary>When the next renewal is due, or the next introspection while in doubt.</summary>
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>When Salesforce is to be asked whether the session lives; null: there is no suspicion.</summary>
    public DateTimeOffset? CheckTime { get; init; }

    /// <summary>Why the last renewal failed; null when it did not. Tests and checks have no part in it.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Attempts that failed since the last that did not.</summary>
    public int Failures { get; init; }

    /// <summary>Nothing is tried by itself any more: a person has to act.</summary>
    public bool IsStopped { get; init; }

    /// <summary>The renewal that presented the refresh token and was not answered clearly. Until Salesforce says that the token lives it is not presented again.</summary>
    public long? DoubtedAttempt { get; init; }

    /// <summary>The call that is being made, at most one.</summary>
    public UpkeepClaim? Claim { get; init; }
}

/// <summary>
/// A call to Salesforce that is claimed: exactly one may follow from it. <paramref name="Attempt"/> is the rev of the commit that claimed it.
/// </summary>
internal sealed record UpkeepClaim(long Attempt, UpkeepStep Step, DateTimeOffset StartTime)
{
    /// <summary>When to look whether it is over, by the clock of who made it.</summary>
    public DateTimeOffset EndTime => StartTime + Claims.Lifetime;
}

/// <summary>What is asked of Salesforce for a session's sake.</summary>
internal enum UpkeepStep
{
    /// <summary>A new session: by a login, or by the grant's refresh token.</summary>
    Renew = 1,

    /// <summary>Whether the refresh token lives. Changes nothing there.</summary>
    Introspect = 2,

    /// <summary>Whether the session lives. Changes nothing there.</summary>
    Check = 3,
}

/// <summary>What Salesforce answered to a claimed call.</summary>
internal abstract record UpkeepAnswer
{
    private UpkeepAnswer()
    {
    }

    /// <summary>A new session, and the refresh token that takes the place of the one presented, if one came.</summary>
    public sealed record Renewed(SalesforceSession Session, Secret? RefreshToken = null) : UpkeepAnswer;

    /// <summary>No new session; <paramref name="Unwanted"/> is a token that came all the same and is to be revoked.</summary>
    public sealed record NotRenewed(Failure Failure, GrantFate Fate, Secret? Unwanted = null) : UpkeepAnswer
    {
        /// <summary>The grant's own next refresh token: the rest of the answer was of no use, and the one presented is spent.</summary>
        public Secret? Next { get; init; }
    }

    public sealed record TokenLives : UpkeepAnswer;

    public sealed record TokenIsDead : UpkeepAnswer;

    public sealed record SessionLives : UpkeepAnswer;

    public sealed record SessionIsDead : UpkeepAnswer;

    /// <summary>A check to which the session's host does not answer as Salesforce does.</summary>
    public sealed record HostIsLost(Failure Failure) : UpkeepAnswer;

    /// <summary>An introspection or check that says neither.</summary>
    public sealed record Unclear(Failure Failure) : UpkeepAnswer;
}
