namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A session and what keeps it alive. Every call to Salesforce for its sake is claimed here first, by a commit; the answer counts only while
/// the claim, or the doubt it left, stands. The renewal rules alone make the next one.
/// </summary>
internal sealed record SessionRenewal
{
    public static readonly SessionRenewal None = new();

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
    public RenewalClaim? Claim { get; init; }
}
