namespace GrpcCreds.Server.Credentials;

/// <summary>
/// What protects one Salesforce user from our logins, over all tenants and servers. Immutable; <see cref="AccountRules"/> alone makes the
/// next one. An account nobody logged in to lately is the empty record.
/// </summary>
internal sealed record AccountRecord
{
    public static readonly AccountRecord Empty = new();

    /// <summary>The login that is under way, if any.</summary>
    public AccountClaim? Claim { get; init; }

    /// <summary>What Salesforce refused lately, one for each values.</summary>
    public IReadOnlyList<RememberedRefusal> Refusals { get; init; } = [];

    /// <summary>When the tests of the last ten minutes were claimed whose login Salesforce has not accepted, at least not yet; oldest first.</summary>
    public IReadOnlyList<DateTimeOffset> Tests { get; init; } = [];

    /// <summary>The same of those whose login it has accepted.</summary>
    public IReadOnlyList<DateTimeOffset> PassedTests { get; init; } = [];
}

/// <summary>
/// The right to send exactly one login of an account. It ends when it is settled, and else at <paramref name="EndTime"/>.
/// </summary>
/// <param name="Attempt">Drawn by who asked: by it a claim whose writing got no answer is recognised.</param>
/// <param name="Account">Which account, as <see cref="AccountPrints"/> names it.</param>
/// <param name="Values">The fingerprint of exactly what is sent.</param>
/// <param name="TestTime">Under which time it stands among the tests; null: it is not one.</param>
internal sealed record AccountClaim(Guid Attempt, string Account, string Values, DateTimeOffset EndTime, DateTimeOffset? TestTime = null);

/// <summary>A login that Salesforce refused; until <paramref name="EndTime"/> the same values get this answer and are not sent.</summary>
internal sealed record RememberedRefusal(string Values, Failure Failure, DateTimeOffset EndTime);
