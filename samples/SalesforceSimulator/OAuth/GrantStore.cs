namespace GrpcCreds.SalesforceSimulator;

/// <summary>The grants of one personality with their tokens, including ended ones: the source of the ledger. One lock guards all of it.</summary>
internal sealed class GrantStore(SessionStore sessions, SimulatorOptions options)
{
    private readonly Lock gate = new();
    private readonly List<Grant> grants = [];
    private readonly Dictionary<string, RefreshToken> refreshTokens = new(StringComparer.Ordinal);
    private readonly Counter changes = new();

    private DateTimeOffset Now => options.TimeProvider.GetUtcNow();

    /// <summary>Adds a grant. Ends the user's oldest grant if there are more than allowed.</summary>
    public Tokens Approve(ConnectedApp app, SimulatedUser user, IReadOnlyList<string> scopes, int secondsValid, bool withRefreshToken)
    {
        lock (gate)
        {
            var grant = new Grant(grants.Count + 1, app.ConsumerKey, user, scopes, Now);
            grants.Add(grant);
            var refreshToken = withRefreshToken ? NewRefreshToken_NeedsLock(grant) : null;
            Evict_NeedsLock(app, user);
            return Issue_NeedsLock(grant, user, secondsValid, refreshToken);
        }
    }

    /// <summary>Issues new tokens of the grant, or returns null if the refresh token is not valid. A token that was rotated out ends its grant.</summary>
    public Tokens? Refresh(Presentation presented, ConnectedApp app, SimulatedUser user, int secondsValid, bool mayRotate)
    {
        lock (gate)
        {
            var token = presented.Token;
            if (token.Grant.ConsumerKey != app.ConsumerKey)
                return null;
            if (token.End == TokenEnd.Rotated)
            {
                presented.WasReuse();
                token.Grant.Finish(TokenEnd.ReuseDetected, Now, sessions);
            }
            if (token.End is null && token.HasExpired(app, Now))
                token.Grant.Finish(TokenEnd.Expired, Now, sessions);
            changes.Increment();
            if (token.End is not null)
                return null;
            token.LastUse = Now;
            if (!app.RotateRefreshTokens || !mayRotate)
                return Issue_NeedsLock(token.Grant, user, secondsValid, null);
            token.Finish(TokenEnd.Rotated, Now);
            return Issue_NeedsLock(token.Grant, user, secondsValid, NewRefreshToken_NeedsLock(token.Grant));
        }
    }

    /// <summary>Ends the grant of a refresh token, or only one access token; returns whether it was valid.</summary>
    public bool Revoke(string token)
    {
        lock (gate)
        {
            changes.Increment();
            if (Find_NeedsLock(token) is { End: null } refreshToken)
                refreshToken.Grant.Finish(TokenEnd.Revoked, Now, sessions);
            else if (sessions.Find(token) is { GrantNumber: { } number })
                grants[number - 1].AccessTokens.Single(access => access.Id == token).Finish(TokenEnd.Revoked, sessions);
            else
                return false;
            return true;
        }
    }

    /// <exception cref="KeyNotFoundException">There is no such grant.</exception>
    public bool RevokeAsAdmin(int number)
    {
        lock (gate)
        {
            var grant = grants.Find(grant => grant.Number == number) ?? throw new KeyNotFoundException($"there is no grant {number}");
            var lived = grant.End is null;
            grant.Finish(TokenEnd.RevokedByAdmin, Now, sessions);
            changes.Increment();
            return lived;
        }
    }

    /// <summary>The grant of a refresh token that is valid for this app; null for any other token.</summary>
    public Grant? FindGood(string refreshToken, ConnectedApp app)
    {
        lock (gate)
        {
            return Find_NeedsLock(refreshToken) is { End: null } token && token.Grant.ConsumerKey == app.ConsumerKey && !token.HasExpired(app, Now)
                ? token.Grant
                : null;
        }
    }

    /// <summary>Records that a refresh token has been read; null if it is unknown. The caller must end the returned presentation.</summary>
    public Presentation? Present(string refreshToken, Endpoint endpoint)
    {
        lock (gate)
        {
            if (Find_NeedsLock(refreshToken) is not { } token)
                return null;
            var running = token.Presentations.Count(one => one is { Endpoint: Endpoint.Token, EndTime: null });
            token.Presentations.Add(new PresentationEntry
            {
                Endpoint = endpoint,
                StartTime = Now,
                InParallel = endpoint == Endpoint.Token ? running + 1 : 0,
            });
            changes.Increment();
            return new Presentation(this, token, token.Presentations.Count - 1);
        }
    }

    public IReadOnlyList<GrantEntry> Entries()
    {
        lock (gate)
            return [.. grants.Select(grant => grant.ToEntry(sessions))];
    }

    public async Task<IReadOnlyList<GrantEntry>> WaitAsync(Func<IReadOnlyList<GrantEntry>, bool> until, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The counter is read before the entries, so that no change is missed in between.
            var seen = changes.Value;
            var entries = Entries();
            if (until(entries))
                return entries;
            await changes.WaitAsync(seen + 1, cancellationToken);
        }
    }

    private RefreshToken? Find_NeedsLock(string value) => refreshTokens.GetValueOrDefault(value);

    private string NewRefreshToken_NeedsLock(Grant grant)
    {
        var value = Tokens.NewRefreshToken();
        options.OnSecret?.Invoke("refresh token", value);
        grant.RefreshTokens.Add(refreshTokens[value] = new RefreshToken(value, grant, Now));
        return value;
    }

    private Tokens Issue_NeedsLock(Grant grant, SimulatedUser user, int secondsValid, string? refreshToken)
    {
        var session = sessions.Start(user, secondsValid, grant);
        grant.AccessTokens.Add(new AccessToken(session));
        changes.Increment();
        return new Tokens(session, refreshToken, grant.Scopes);
    }

    private void Evict_NeedsLock(ConnectedApp app, SimulatedUser user)
    {
        var living = grants.Where(grant => grant.End is null && grant.RefreshTokens.Count > 0
            && grant.ConsumerKey == app.ConsumerKey && grant.User.OrgId == user.OrgId && grant.User.UserId == user.UserId).ToList();
        foreach (var oldest in living.SkipLast(app.MaxGrantsPerUser))
            oldest.Finish(TokenEnd.Evicted, Now, sessions);
    }

    private void Change(RefreshToken token, int index, Func<PresentationEntry, PresentationEntry> change)
    {
        lock (gate)
        {
            token.Presentations[index] = change(token.Presentations[index]);
            changes.Increment();
        }
    }

    /// <summary>Records the progress of one presentation.</summary>
    public sealed class Presentation(GrantStore store, RefreshToken token, int index)
    {
        public RefreshToken Token => token;

        public string Username => token.Grant.User.Username;

        public void WasReuse() => store.Change(token, index, entry => entry with { WasReuse = true });

        public void Accepted() => store.Change(token, index, entry => entry with { Outcome = PresentationOutcome.Accepted });

        public void Refused(string? error) => store.Change(token, index, entry => entry with { Outcome = PresentationOutcome.Refused, Error = error });

        public void Ended() => store.Change(token, index, entry => entry with
        {
            EndTime = store.Now,
            Outcome = entry.Outcome == PresentationOutcome.Pending ? PresentationOutcome.Failed : entry.Outcome,
        });
    }
}
