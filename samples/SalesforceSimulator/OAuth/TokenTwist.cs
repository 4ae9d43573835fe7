namespace GrpcCreds.SalesforceSimulator;

/// <summary>What is wrong with a token answer that is otherwise good. Null leaves a member as it should be.</summary>
public sealed record TokenTwist
{
    /// <summary>No refresh token is issued.</summary>
    public bool WithoutRefreshToken { get; init; }

    public bool BadSignature { get; init; }

    /// <summary>The scope of the answer; of a code, also what its access tokens are good for.</summary>
    public string? Scope { get; init; }

    /// <summary>The organization that <c>id</c> names, though the token is another's.</summary>
    public string? OrgId { get; init; }

    /// <summary>The user that <c>id</c> names, though the token is another's.</summary>
    public string? UserId { get; init; }

    public Uri? InstanceUrl { get; init; }

    /// <summary>The answer has no member of this name.</summary>
    public string? Without { get; init; }

    /// <summary><c>issued_at</c> is a number, and signed as its text.</summary>
    public bool NumericTime { get; init; }

    /// <summary>Members with any value, in place of the right ones or beside them.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();
}
