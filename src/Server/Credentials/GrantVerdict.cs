namespace GrpcCreds.Server.Credentials;

/// <summary>What a call that presents an authorization code or a refresh token came to.</summary>
internal sealed record GrantVerdict
{
    /// <summary>Set exactly if <see cref="Failure"/> is null.</summary>
    public SalesforceSession? Session { get; init; }

    /// <summary>The refresh token that came, also where a check failed: then it is to be revoked. Null: none came.</summary>
    public Secret? RefreshToken { get; init; }

    public Failure? Failure { get; init; }

    public GrantFate Fate { get; init; } = GrantFate.Kept;
}

/// <summary>What became of a code, a refresh token or a login that was presented.</summary>
internal enum GrantFate
{
    /// <summary>A clear answer, or nothing was sent: it may be presented again.</summary>
    Kept = 1,

    /// <summary>Salesforce takes it no longer, or what it yields must not be used.</summary>
    Dead = 2,

    /// <summary>It was sent and no clear answer came.</summary>
    Unknown = 3,
}
