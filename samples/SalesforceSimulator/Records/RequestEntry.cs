namespace GrpcCreds.SalesforceSimulator;

/// <summary>One line of the request log: no query, no header, no body.</summary>
public sealed record RequestEntry
{
    public required DateTimeOffset StartTime { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>HTTP status; 0 if the connection was cut before one was sent.</summary>
    public required int Status { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>The user of the request, if it could be determined.</summary>
    public required string? Username { get; init; }
}
