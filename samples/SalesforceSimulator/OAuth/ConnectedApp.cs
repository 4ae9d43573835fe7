namespace GrpcCreds.SalesforceSimulator;

/// <summary>A connected app: who may ask for tokens, where the browser goes afterwards, and how long what it gets lives.</summary>
public sealed record ConnectedApp
{
    /// <summary>The <c>client_id</c>.</summary>
    public required string ConsumerKey { get; init; }

    /// <summary>The <c>client_secret</c>, and the key of the signature. A fake: this program must never see a real one.</summary>
    public required string ConsumerSecret { get; init; }

    /// <summary>A <c>redirect_uri</c> must equal one of these, character by character.</summary>
    public required IReadOnlyList<string> CallbackUrls { get; init; }

    /// <summary>What may be asked for; a request without scope asks for all of it.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = ["api", "refresh_token", "id"];

    public bool RequirePkce { get; init; }

    /// <summary>
    /// Every refresh gives a new refresh token and voids the one it came with; presenting a voided one again ends the grant with all its tokens.
    /// Off unless asked for, because jsforce forgets the new one.
    /// </summary>
    public bool RotateRefreshTokens { get; init; }

    /// <summary>Life of a refresh token from the approval, in seconds; 0 is "immediately expire refresh token". Null: until revoked.</summary>
    public int? RefreshTokenSeconds { get; init; }

    /// <summary>Unused for that many seconds a refresh token ends. Null: until revoked.</summary>
    public int? RefreshTokenIdleSeconds { get; init; }

    /// <summary>Life of an authorization code, in seconds.</summary>
    public int CodeSeconds { get; init; } = 900;

    /// <summary>How many grants with a refresh token one user may have with this app; one more ends the oldest without a word.</summary>
    public int MaxGrantsPerUser { get; init; } = 5;

    /// <summary>Not installed in the organization: nobody new is authorised, and tokens are refused.</summary>
    public bool NotInstalled { get; init; }

    /// <summary>The key only: an app is printed without its secret.</summary>
    public override string ToString() => ConsumerKey;
}
