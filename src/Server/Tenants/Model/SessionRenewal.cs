namespace GrpcCreds.Server.Tenants.Model;

/// <summary>
/// A session and what keeps it alive. Every call to Salesforce for it is first claimed here by a commit; the answer counts only while the
/// claim, or the doubt it left, exists. Only the renewal rules make the next one.
/// </summary>
internal sealed record SessionRenewal
{
    public static readonly SessionRenewal None = new();

    /// <summary>Null if it ended or never existed.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>
    /// Salesforce reported that the session is dead. Nodes are notified when its renewal has failed; until then a new one is expected at any moment.
    /// </summary>
    public bool IsSessionDead { get; init; }

    /// <summary>When the next renewal is due, or the next introspection while in doubt.</summary>
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>When to ask Salesforce whether the session is valid; null: there is no suspicion.</summary>
    public DateTimeOffset? CheckTime { get; init; }

    /// <summary>Why the last renewal failed; null if it succeeded. Tests and checks do not affect it.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Failed attempts since the last successful one.</summary>
    public int Failures { get; init; }

    /// <summary>Nothing is tried automatically any more: a person has to act.</summary>
    public bool IsStopped { get; init; }

    /// <summary>
    /// The renewal that presented the refresh token and got no clear answer. The token is not presented again until Salesforce reports it as valid.
    /// </summary>
    public long? DoubtedAttempt { get; init; }

    /// <summary>The call in progress, at most one.</summary>
    public RenewalClaim? Claim { get; init; }
}
