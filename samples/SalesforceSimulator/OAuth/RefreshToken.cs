namespace GrpcCreds.SalesforceSimulator;

/// <summary>A refresh token and everything that was ever done with it. Guarded by the lock of <see cref="GrantStore"/>.</summary>
internal sealed class RefreshToken(string value, Grant grant, DateTimeOffset now)
{
    private readonly string fingerprint = Tokens.Fingerprint(value);
    private readonly DateTimeOffset issueTime = now;
    private DateTimeOffset? endTime;

    public Grant Grant { get; } = grant;

    public DateTimeOffset LastUse { get; set; } = now;

    public TokenEnd? End { get; private set; }

    public List<PresentationEntry> Presentations { get; } = [];

    public void Finish(TokenEnd end, DateTimeOffset now)
    {
        if (End is null)
            (End, endTime) = (end, now);
    }

    public bool HasExpired(ConnectedApp app, DateTimeOffset now) =>
        (app.RefreshTokenSeconds is { } life && now >= Grant.ApproveTime.AddSeconds(life))
        || (app.RefreshTokenIdleSeconds is { } idle && now >= LastUse.AddSeconds(idle));

    public RefreshTokenEntry ToEntry() =>
        new() { Fingerprint = fingerprint, IssueTime = issueTime, EndTime = endTime, End = End, Presentations = [.. Presentations] };
}

/// <summary>An access token: a session issued by a grant.</summary>
internal sealed class AccessToken(SimulatedSession session)
{
    private TokenEnd? end;

    public string Id => session.Id;

    public void Finish(TokenEnd reason, SessionStore sessions)
    {
        if (sessions.End(other => other.Id == session.Id) > 0)
            end = reason;
    }

    public AccessTokenEntry ToEntry(SessionStore sessions) => new(
        session.Number, Tokens.Fingerprint(session.Id), session.StartTime, session.ExpireTime, sessions.Find(session.Id) is not null, end);
}
