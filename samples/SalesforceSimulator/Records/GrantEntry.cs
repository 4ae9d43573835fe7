namespace GrpcCreds.SalesforceSimulator;

/// <summary>Why a grant or one of its tokens is no longer valid.</summary>
public enum TokenEnd
{
    /// <summary>By the revocation endpoint.</summary>
    Revoked,

    /// <summary>By an administrator of the organization, that is, by <see cref="Simulator.RevokeGrant"/>.</summary>
    RevokedByAdmin,

    /// <summary>Replaced by the refresh token that came with its last use.</summary>
    Rotated,

    /// <summary>A rotated-out refresh token of the same grant was presented again.</summary>
    ReuseDetected,

    /// <summary>The user approved the app more often than the number of grants that is kept.</summary>
    Evicted,

    /// <summary>By the app's refresh token policy.</summary>
    Expired,
}

/// <summary>One approval of an app by a user, and all tokens issued for it. Contains no secret: tokens appear as fingerprints.</summary>
public sealed record GrantEntry
{
    /// <summary>1 for the first.</summary>
    public required int Number { get; init; }

    public required string ConsumerKey { get; init; }

    public required string Username { get; init; }

    public required string OrgId { get; init; }

    public required string UserId { get; init; }

    public required IReadOnlyList<string> Scopes { get; init; }

    public required DateTimeOffset ApproveTime { get; init; }

    /// <summary>Null while the grant is valid.</summary>
    public required DateTimeOffset? EndTime { get; init; }

    public required TokenEnd? End { get; init; }

    /// <summary>Oldest first; more than one only with rotation.</summary>
    public required IReadOnlyList<RefreshTokenEntry> RefreshTokens { get; init; }

    /// <summary>Oldest first.</summary>
    public required IReadOnlyList<AccessTokenEntry> AccessTokens { get; init; }
}

/// <summary>An access token in the ledger.</summary>
/// <param name="Number">The number of its session.</param>
/// <param name="Fingerprint">By <see cref="Simulator.Fingerprint"/>.</param>
/// <param name="IssueTime">When it was issued.</param>
/// <param name="ExpireTime">When it expires.</param>
/// <param name="IsAlive">Whether it has neither expired nor ended in any other way.</param>
/// <param name="End">Null if it is valid, has expired, or only its session was ended.</param>
public sealed record AccessTokenEntry(
    int Number, string Fingerprint, DateTimeOffset IssueTime, DateTimeOffset ExpireTime, bool IsAlive, TokenEnd? End);
