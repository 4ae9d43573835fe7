namespace GrpcCreds.SalesforceSimulator;

/// <summary>One approval and its tokens: the token family of a rotation. Guarded by the lock of <see cref="GrantStore"/>.</summary>
internal sealed class Grant(int number, string consumerKey, SimulatedUser user, IReadOnlyList<string> scopes, DateTimeOffset now)
{
    public int Number { get; } = number;

    public string ConsumerKey { get; } = consumerKey;

    public SimulatedUser User { get; } = user;

    public IReadOnlyList<string> Scopes { get; } = scopes;

    public DateTimeOffset ApproveTime { get; } = now;

    public DateTimeOffset? EndTime { get; private set; }

    public TokenEnd? End { get; private set; }

    public List<RefreshToken> RefreshTokens { get; } = [];

    public List<AccessToken> AccessTokens { get; } = [];

    /// <summary>Ends all parts of the grant that are still valid.</summary>
    public void Finish(TokenEnd end, DateTimeOffset now, SessionStore sessions)
    {
        if (End is not null)
            return;
        (End, EndTime) = (end, now);
        foreach (var token in RefreshTokens)
            token.Finish(end, now);
        foreach (var token in AccessTokens)
            token.Finish(end, sessions);
    }

    public GrantEntry ToEntry(SessionStore sessions) => new()
    {
        Number = Number,
        ConsumerKey = ConsumerKey,
        Username = User.Username,
        OrgId = User.OrgId,
        UserId = User.UserId,
        Scopes = Scopes,
        ApproveTime = ApproveTime,
        EndTime = EndTime,
        End = End,
        RefreshTokens = [.. RefreshTokens.Select(token => token.ToEntry())],
        AccessTokens = [.. AccessTokens.Select(token => token.ToEntry(sessions))],
    };
}
