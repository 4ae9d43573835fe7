using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Rules;

/// <summary>The outcome of a call that presented an authorization code or a refresh token.</summary>
internal sealed record GrantVerdict
{
    /// <summary>Set exactly if <see cref="Failure"/> is null.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>
    /// The refresh token in this answer, also if a check of the answer failed. After a failed check: one that came for a code must be revoked (if there
    /// is no refresh token, the access token is); one that came for a refresh is the grant's next token if its fate is Kept, and must be revoked
    /// otherwise. Null if the answer has none; after a refresh the presented token remains valid.
    /// </summary>
    public Secret? RefreshToken { get; init; }

    /// <summary>The lifetime of this grant's sessions from their start, if Salesforce states it. The session in this answer may have started earlier.</summary>
    public TimeSpan? SessionLifetime { get; init; }

    /// <summary>The parts of the test of a grant that Salesforce has issued.</summary>
    public IReadOnlyList<Check> Checks { get; init; } = [];

    public Failure? Failure { get; init; }

    /// <summary>What happened to the presented code or token. Without a failure it has no meaning.</summary>
    public GrantFate Fate { get; init; } = GrantFate.Kept;
}
