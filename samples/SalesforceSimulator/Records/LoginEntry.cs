namespace GrpcCreds.SalesforceSimulator;

/// <summary>How a login ended.</summary>
public enum LoginOutcome
{
    /// <summary>Read, not yet decided.</summary>
    Pending,

    /// <summary>A session was started, whether or not the client received it; also with an expired password.</summary>
    Accepted,

    /// <summary>Answered by a SOAP fault.</summary>
    Refused,

    /// <summary>Neither accepted nor refused: a script sent something else, or nothing.</summary>
    Failed,
}

/// <summary>One login in the ledger. Contains no secret.</summary>
public sealed record LoginEntry
{
    /// <summary>1 for the first.</summary>
    public required int Number { get; init; }

    public required string Username { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    /// <summary>When the last byte of the response was sent, or the connection was lost. Null while it runs.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>How many logins of this username were running when this one arrived, including itself.</summary>
    public required int InParallel { get; init; }

    public LoginOutcome Outcome { get; init; }

    public string? ExceptionCode { get; init; }
}

/// <summary>The logins of one username, counted.</summary>
/// <param name="Attempts">All logins that were read.</param>
/// <param name="Accepted">Logins that started a session.</param>
/// <param name="Refused">Logins that were answered by a SOAP fault.</param>
/// <param name="InFlight">Logins that are not answered yet.</param>
/// <param name="MaxParallel">The highest number that ever ran at the same time.</param>
public sealed record LoginCounts(int Attempts, int Accepted, int Refused, int InFlight, int MaxParallel)
{
    internal static LoginCounts Of(IEnumerable<LoginEntry> entries) => entries.Aggregate(new LoginCounts(0, 0, 0, 0, 0), (counts, entry) => new(
        counts.Attempts + 1,
        counts.Accepted + (entry.Outcome == LoginOutcome.Accepted ? 1 : 0),
        counts.Refused + (entry.Outcome == LoginOutcome.Refused ? 1 : 0),
        counts.InFlight + (entry.EndTime is null ? 1 : 0),
        Math.Max(counts.MaxParallel, entry.InParallel)));
}
