namespace GrpcCreds.SalesforceSimulator;

/// <summary>One session. <see cref="Id"/> is held by clients and is secret; <see cref="Number"/> identifies the session where no secret may appear.</summary>
public sealed record SimulatedSession
{
    public required int Number { get; init; }

    public required string Id { get; init; }

    public required string Username { get; init; }

    /// <summary>As at the login, 18 characters.</summary>
    public required string OrgId { get; init; }

    /// <summary>As at the login, 18 characters.</summary>
    public required string UserId { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public required DateTimeOffset ExpireTime { get; init; }

    /// <summary>Started with an expired password: every call except the one that sets a new password is refused.</summary>
    public required bool PasswordExpired { get; init; }

    /// <summary>The grant whose access token this is; null for a session of a SOAP login.</summary>
    public int? GrantNumber { get; init; }

    /// <summary>The app whose access token this is.</summary>
    public string? ConsumerKey { get; init; }

    /// <summary>The scopes of the access token; null for a session of a SOAP login, which is unrestricted.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Only the number: a session is printed without its id.</summary>
    public override string ToString() => $"session {Number}";
}
