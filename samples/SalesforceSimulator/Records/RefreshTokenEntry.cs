namespace GrpcCreds.SalesforceSimulator;

/// <summary>A refresh token in the ledger.</summary>
public sealed record RefreshTokenEntry
{
    /// <summary>By <see cref="Simulator.Fingerprint"/>.</summary>
    public required string Fingerprint { get; init; }

    public required DateTimeOffset IssueTime { get; init; }

    /// <summary>Null while the token is valid.</summary>
    public required DateTimeOffset? EndTime { get; init; }

    public required TokenEnd? End { get; init; }

    /// <summary>Every time it was presented, at whichever endpoint, oldest first.</summary>
    public required IReadOnlyList<PresentationEntry> Presentations { get; init; }

    /// <summary>How often it was presented for a refresh. Introspection is not counted because it changes nothing.</summary>
    public int Refreshes => Presentations.Count(one => one.Endpoint == Endpoint.Token);

    /// <summary>How often it was presented for a refresh after it had been rotated out.</summary>
    public int Reuses => Presentations.Count(one => one.WasReuse);

    /// <summary>The highest number of refreshes with it that ever ran at the same time.</summary>
    public int MaxParallel => Presentations.Select(one => one.InParallel).DefaultIfEmpty().Max();
}

/// <summary>How the presentation of a refresh token ended.</summary>
public enum PresentationOutcome
{
    /// <summary>Read, not yet decided.</summary>
    Pending,

    /// <summary>Done as requested, whether or not the client received the response.</summary>
    Accepted,

    /// <summary>Answered by an OAuth error, or as inactive.</summary>
    Refused,

    /// <summary>Neither accepted nor refused: a script sent something else, or nothing.</summary>
    Failed,
}

/// <summary>One presentation of a refresh token.</summary>
public sealed record PresentationEntry
{
    /// <summary><see cref="Endpoint.Token"/>, <see cref="Endpoint.Introspect"/> or <see cref="Endpoint.Revoke"/>.</summary>
    public required Endpoint Endpoint { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    /// <summary>When the last byte of the response was sent, or the connection was lost. Null while it runs.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>How many refreshes with this token were running when this one arrived, including itself. 0 at the other endpoints.</summary>
    public required int InParallel { get; init; }

    /// <summary>Whether the token had been rotated out before the refresh was processed, which ended the grant.</summary>
    public bool WasReuse { get; init; }

    public PresentationOutcome Outcome { get; init; }

    /// <summary>Error and description of a refusal.</summary>
    public string? Error { get; init; }
}
