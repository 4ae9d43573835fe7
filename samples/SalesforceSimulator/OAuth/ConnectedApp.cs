namespace GrpcCreds.SalesforceSimulator;

/// <summary>A connected app: the client that may request tokens, its callbacks, and the lifetime of its tokens.</summary>
public sealed record ConnectedApp
{
    /// <summary>The <c>client_id</c>.</summary>
    public required string ConsumerKey { get; init; }

    /// <summary>The <c>client_secret</c>, and the key of the signature. A fake: this program must never see a real one.</summary>
    public required string ConsumerSecret { get; init; }

    /// <summary>A <c>redirect_uri</c> must equal one of these, character by character.</summary>
    public required IReadOnlyList<string> CallbackUrls { get; init; }

    /// <summary>The allowed scopes; a request without scope asks for all of them.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["api", "refresh_token", "id"];

    public bool RequirePkce { get; init; }

    /// <summary>
    /// Every refresh returns a new refresh token and invalidates the one presented. Presenting an invalidated token again ends the grant with all its
    /// tokens. Off by default, because jsforce does not keep the new token.
    /// </summary>
    public bool RotateRefreshTokens { get; init; }

    /// <summary>Lifetime of a refresh token from the approval, in seconds; 0 is "immediately expire refresh token". Null: until revoked.</summary>
    public int? RefreshTokenSeconds { get; init; }

    /// <summary>A refresh token ends when it has not been used for this many seconds. Null: until revoked.</summary>
    public int? RefreshTokenIdleSeconds { get; init; }

    /// <summary>Lifetime of an authorization code, in seconds.</summary>
    public int CodeSeconds { get; init; } = 900;

    /// <summary>How many grants with a refresh token one user may have with this app; one more silently ends the oldest.</summary>
    public int MaxGrantsPerUser { get; init; } = 5;

    /// <summary>Not installed in the organization: no new authorization is possible, and tokens are refused.</summary>
    public bool NotInstalled { get; init; }

    /// <summary>Whether the client credentials flow is enabled.</summary>
    public bool ClientCredentialsFlow { get; init; } = true;

    /// <summary>The user that the client credentials flow acts as; it can be changed at any time. Null: none was chosen.</summary>
    public string? RunAs { get; init; }

    /// <summary>Whether the JWT bearer flow is enabled.</summary>
    public bool JwtBearerFlow { get; init; } = true;

    /// <summary>The certificates in PEM whose keys may sign assertions, newest last.</summary>
    public IReadOnlyList<string> Certificates { get; init; } = [];

    /// <summary>How many certificates the app can have; one more replaces the oldest.</summary>
    public int MaxCertificates { get; init; } = 1;

    /// <summary>
    /// The users that an administrator has pre-authorized (their usernames). Null: users approve the app themselves, so that the JWT bearer flow is refused
    /// for a user without a grant.
    /// </summary>
    public IReadOnlyList<string>? ApprovedUsers { get; init; }

    /// <summary>A request of the client credentials flow returns the session of the last one while that lives. Off: each starts its own.</summary>
    public bool SharesSession { get; init; }

    /// <summary>When the app, or its last change, is known everywhere; before, its key is unknown. Null: at once.</summary>
    public DateTimeOffset? KnownFrom { get; init; }

    /// <summary>The app came with a package: its credentials cannot be staged.</summary>
    public bool IsPackaged { get; init; }

    /// <summary>How long after they were staged new credentials are known everywhere. Null: at once.</summary>
    public TimeSpan? StagedKnownAfter { get; init; }

    /// <summary>Only the key: an app is printed without its secret.</summary>
    public override string ToString() => ConsumerKey;
}
