namespace GrpcCreds.SalesforceSimulator;

/// <summary>The errors in a token response that is otherwise correct. Null leaves a member correct.</summary>
public sealed record TokenTwist
{
    /// <summary>No refresh token is issued.</summary>
    public bool WithoutRefreshToken { get; init; }

    public bool BadSignature { get; init; }

    /// <summary>The scope in the response; with a code, also the scope of the access tokens.</summary>
    public string? Scope { get; init; }

    /// <summary>The organization named by <c>id</c>, although the token belongs to another.</summary>
    public string? OrgId { get; init; }

    /// <summary>The user named by <c>id</c>, although the token belongs to another.</summary>
    public string? UserId { get; init; }

    public Uri? InstanceUrl { get; init; }

    /// <summary>The name of a member to leave out.</summary>
    public string? Without { get; init; }

    /// <summary><c>issued_at</c> is a number, signed as a string.</summary>
    public bool NumericTime { get; init; }

    /// <summary>Members with any value, which replace the correct members or are added to them.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();
}
