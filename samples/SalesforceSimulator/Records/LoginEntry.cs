namespace GrpcCreds.SalesforceSimulator;

/// <summary>How a login ended.</summary>
public enum LoginOutcome
{
    /// <summary>Read, not yet decided.</summary>
    Pending,

    /// <summary>A session was started, whether or not the client has got it; also with an expired password.</summary>
    Accepted,

    /// <summary>Answered by a SOAP fault.</summary>
    Refused,

    /// <summary>Neither: a script sent something else, or nothing.</summary>
    Failed,
}

/// <summary>One login in the ledger. Nothing secret is in it.</summary>
public sealed record LoginEntry
{
    /// <summary>1 for the first.</summary>
    public required int Number { get; init; }

    public required string Username { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    /// <summary>When the last of its answer was sent, or its connection was gone. Null while it runs.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>How many logins of this username ran when this one came, itself included.</summary>
    public required int InParallel { get; init; }

    public LoginOutcome Outcome { get; init; }

    public string? ExceptionCode { get; init; }
}

/// <summary>The logins of one username, counted.</summary>
/// <param name="Attempts">All that were read.</param>
/// <param name="Accepted">That started a session.</param>
/// <param name="Refused">That were answered by a SOAP fault.</param>
/// <param name="InFlight">That are not answered yet.</param>
/// <param name="MaxParallel">The most that ever ran at once.</param>
public sealed record LoginCounts(int Attempts, int Accepted, int Refused, int InFlight, int MaxParallel)
{
    internal static LoginCounts Of(IEnumerable<LoginEntry> entries) => entries.Aggregate(new LoginCounts(0, 0, 0, 0, 0), (counts, entry) => new(
        counts.Attempts + 1,
        counts.Accepted + (entry.Outcome == LoginOutcome.Accepted ? 1 : 0),
        counts.Refused + (entry.Outcome == LoginOutcome.Refused ? 1 : 0),
        counts.InFlight + (entry.EndTime is null ? 1 : 0),
        Math.Max(counts.MaxParallel, entry.InParallel)));
}
