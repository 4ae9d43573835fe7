namespace GrpcCreds.Server.Accounts;

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
