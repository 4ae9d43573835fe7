using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>What a call came to that presented an authorization code or a refresh token.</summary>
internal sealed record GrantVerdict
{
    /// <summary>Set exactly if <see cref="Failure"/> is null.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>
    /// The refresh token that came with this answer, also where a check of the answer failed. Then, of a code, it is to be revoked (without a refresh
    /// token: the access token); of a refresh it is the grant's next one if its fate is Kept, else to be revoked. Null where none came; after a
    /// refresh the one presented goes on.
    /// </summary>
    public Secret? RefreshToken { get; init; }

    /// <summary>How long sessions of this grant live from their beginning, if Salesforce says so: the one that came may have begun before.</summary>
    public TimeSpan? SessionLifetime { get; init; }

    /// <summary>The parts of the test that a good grant has passed.</summary>
    public IReadOnlyList<Check> Checks { get; init; } = [];

    public Failure? Failure { get; init; }

    /// <summary>What became of the code or token presented. Of no interest without a failure.</summary>
    public GrantFate Fate { get; init; } = GrantFate.Kept;
}
