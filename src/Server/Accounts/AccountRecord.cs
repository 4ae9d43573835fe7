namespace GrpcCreds.Server.Accounts;

/// <summary>
/// What protects one Salesforce user from this service's logins, across all tenants and servers. Immutable; only <see cref="AccountRules"/>
/// makes the next one. An account without recent logins has the empty record.
/// </summary>
internal sealed record AccountRecord
{
    public static readonly AccountRecord Empty = new();

    /// <summary>The login in progress, if any.</summary>
    public AccountClaim? Claim { get; init; }

    /// <summary>What Salesforce recently refused, one entry per set of values.</summary>
    public IReadOnlyList<RememberedRefusal> Refusals { get; init; } = [];

    /// <summary>
    /// Claim times of the tests of the last ten minutes whose login Salesforce has not accepted, or not accepted yet; oldest first.
    /// </summary>
    public IReadOnlyList<DateTimeOffset> Tests { get; init; } = [];

    /// <summary>Claim times of the tests of the last ten minutes whose login Salesforce has accepted.</summary>
    public IReadOnlyList<DateTimeOffset> PassedTests { get; init; } = [];
}
