using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>
/// The service's calls to Salesforce in OAuth mode. Every outcome is returned as a value. A request with a secret is sent once and may take up to 20 s; the
/// checks of a new token that follow may take up to 30 s.
/// </summary>
internal sealed partial class OAuthClient(
    SalesforceHttp http, IOptions<SalesforceOptions> options, ServiceMetrics metrics, TimeProvider clock, ILogger<OAuthClient> log)
{
    // In real time. Together with one call of 20 s and the time of a commit, these fit within the 60 s of a claim.
    private static readonly TimeSpan CheckPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LifetimePatience = TimeSpan.FromSeconds(5);

    private readonly SalesforceOptions settings = options.Value;
    private readonly SyncChecks syncChecks = new(http, options.Value, clock);

    /// <summary>The URL where a browser starts the sign-in of a tenant's administrator.</summary>
    /// <exception cref="InvalidOperationException">OAuth is not configured: check <see cref="SalesforceOptions.IsOAuthConfigured"/> first.</exception>
    public Uri AuthorizationUrl(bool useSandbox, string? myDomain, string state, Secret codeVerifier) => settings.IsOAuthConfigured
        ? OAuthCalls.AuthorizationUrl(settings, settings.AuthorizeBaseUrl(useSandbox, myDomain), state, codeVerifier)
        : throw new InvalidOperationException("OAuth is not configured");

    /// <summary>Exchanges the code of a finished sign-in for a grant, and checks that the grant works and belongs to the expected user.</summary>
    /// <param name="loginUrl">Scheme and host of the sign-in. The code is sent nowhere else.</param>
    /// <param name="code">The code from the redirect.</param>
    /// <param name="codeVerifier">The code verifier with which the sign-in was started.</param>
    /// <param name="expected">The user who must have signed in.</param>
    /// <param name="useSandbox">The environment according to the credential.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    public async Task<GrantVerdict> ExchangeAsync(
        string loginUrl, Secret code, Secret codeVerifier, SalesforceIdentity expected, bool useSandbox, Func<bool>? maySend = null)
    {
        var started = clock.GetTimestamp();
        KeyValuePair<string, string>[] form =
        [
            new("grant_type", "authorization_code"),
            new("code", code.Reveal()),
            new("code_verifier", codeVerifier.Reveal()),
            new("redirect_uri", settings.RedirectUri.OriginalString),
            .. App(),
        ];
        var result = await PostAsync(loginUrl, OAuthCalls.Token, form, maySend, CancellationToken.None);
        var verdict = await ConfirmSafelyAsync(
            new GrantVerdicts(settings, loginUrl, expected, clock.GetUtcNow()).OfCode(result, useSandbox), useSandbox, Sent(form));
        Report("exchange", loginUrl, verdict.Failure, started);
        return verdict;
    }

    /// <summary>Presents a refresh token for a new session.</summary>
    /// <param name="loginUrl">Scheme and host that issued the token.</param>
    /// <param name="refreshToken">The newest refresh token of the grant: presenting an older one would end the grant.</param>
    /// <param name="expected">The user the session must belong to.</param>
    /// <param name="lifetime">The lifetime of the grant's sessions. Salesforce is not asked for it here: if this process stopped before a new refresh token
    /// is stored, that token would be lost.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    public async Task<GrantVerdict> RefreshAsync(
        string loginUrl, Secret refreshToken, SalesforceIdentity expected, TimeSpan lifetime, Func<bool>? maySend = null)
    {
        var started = clock.GetTimestamp();
        KeyValuePair<string, string>[] form = [new("grant_type", "refresh_token"), new("refresh_token", refreshToken.Reveal()), .. App()];
        var result = await PostAsync(loginUrl, OAuthCalls.Token, form, maySend, CancellationToken.None);
        var verdict = new GrantVerdicts(settings, loginUrl, expected, clock.GetUtcNow()).OfRefreshToken(result, refreshToken);
        verdict = verdict with { Failure = verdict.Failure?.WithoutEcho(Sent(form)) };
        Report("refresh", loginUrl, verdict.Failure, started);
        return verdict.Session is { } session
            ? verdict with { Session = session with { ExpectedExpireTime = SessionLifetime.End(lifetime, clock.GetUtcNow()) } }
            : verdict;
    }

    /// <summary>Asks whether a refresh token is valid without presenting it: the only question that token rotation allows at any time.</summary>
    public Task<Introspection> IntrospectAsync(string loginUrl, Secret refreshToken) =>
        IntrospectAsync(loginUrl, refreshToken, "refresh_token", Timeout.InfiniteTimeSpan);

    /// <summary>Revokes a token; revoking a refresh token also ends its sessions.</summary>
    /// <returns>Null if the token is gone, even if it was gone before. Otherwise, and also if the caller cancelled, the token may still be valid.</returns>
    public async Task<Failure?> RevokeAsync(string loginUrl, Secret token, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        // Without client credentials: anyone who holds a token may revoke it.
        KeyValuePair<string, string>[] form = [new("token", token.Reveal())];
        using var request = await OAuthCalls.PostAsync(loginUrl, OAuthCalls.Revoke, form, maySend: null);
        var result = await SendAsync(request, cancellationToken);
        var failure = IsGone(result) ? null : OAuthCalls.Failure(result, clock.GetUtcNow()).WithoutEcho(Sent(form));
        Report("revoke", loginUrl, failure, started);
        return failure;
    }

    /// <summary>Asks Salesforce whether it still accepts a session, and whose session it is. Changes nothing, neither there nor here.</summary>
    public Task<SessionCheck> CheckSessionAsync(SalesforceSession session) => CheckSessionAsync(session, sent: []);

    private async Task<SessionCheck> CheckSessionAsync(SalesforceSession session, IReadOnlyList<string> sent)
    {
        var started = clock.GetTimestamp();
        using var request = UserInfo.Request(session);
        var check = UserInfo.Of(await SendAsync(request, CheckPatience), session.Identity, clock.GetUtcNow())
            .WithoutEcho([session.AccessToken.Reveal(), .. sent]);
        Report("userinfo", session.InstanceUrl, check.Failure, started);
        return check;
    }

    /// <summary>
    /// Tests access with a session: all checks, up to the first that decides and does not pass. At most two requests of 10 s, and 10 s for the
    /// <see cref="SyncChecks"/>.
    /// </summary>
    /// <returns>The verdict, and whether the session is alive: a dead session is worth a renewal before the verdict counts.</returns>
    public Task<(TestVerdict Verdict, Liveness Liveness)> CheckAccessAsync(SalesforceSession session, bool useSandbox) =>
        CheckAccessAsync(session, useSandbox, sent: []);

    private async Task<(TestVerdict Verdict, Liveness Liveness)> CheckAccessAsync(SalesforceSession session, bool useSandbox, IReadOnlyList<string> sent)
    {
        var check = await CheckSessionAsync(session, sent);
        var accepted = new Check(CheckNames.Login, Outcome.Succeeded, "Salesforce accepts the token");
        if (check.Failure is { } failure)
        {
            IReadOnlyList<Check> checks = failure.Class == FailureClass.WrongIdentity
                ? [accepted, new(CheckNames.Identity, Outcome.Failed, failure.Advice)]
                : [new(CheckNames.Login, Outcome.Failed, failure.Advice)];
            return (new(null, failure, checks), check.Liveness);
        }
        var verdict = new TestVerdict(session, null, [accepted, new(CheckNames.Identity, Outcome.Succeeded, session.Identity.ToString())]);
        var probe = await ProbeAsync(session, sent);
        return (await syncChecks.AddToAsync(verdict.WithApi(probe, settings), useSandbox, byPassword: false, sent), probe.Liveness);
    }

    private static bool IsGone(CallResult result) => result is CallResult.Answered { Status: 200 }
        || (result is CallResult.Answered { Status: 400 } refused && OAuthError.ParseAny(refused.Body) is { Error: OAuthErrorWord.InvalidToken });

    private async Task<SessionCheck> ProbeAsync(SalesforceSession session, IReadOnlyList<string> sent)
    {
        var started = clock.GetTimestamp();
        using var request = RestProbe.Request(session);
        var probe = RestProbe.Of(await SendAsync(request, CheckPatience), byPassword: false, clock.GetUtcNow())
            .WithoutEcho([session.AccessToken.Reveal(), .. sent]);
        Report("api", session.InstanceUrl, probe.Failure, started);
        return probe;
    }

    // Whatever fails now, the token that came with the code is returned, so that it gets revoked.
    private async Task<GrantVerdict> ConfirmSafelyAsync(GrantVerdict verdict, bool useSandbox, IReadOnlyList<string> sent)
    {
        try
        {
            return await ConfirmAsync(verdict, useSandbox, sent);
        }
        catch (Exception e)
        {
            Log.Broke(log, e.GetType().Name);
            var failure = new Failure(
                FailureClass.OutcomeUnknown,
                null,
                "The service failed while it checked the new token; see its log. Start the setup again.",
                clock.GetUtcNow());
            return GrantVerdicts.Failed(failure, GrantFate.Dead, verdict.RefreshToken);
        }
    }

    // A token is used only if Salesforce confirms its user and if it can call the API.
    private async Task<GrantVerdict> ConfirmAsync(GrantVerdict verdict, bool useSandbox, IReadOnlyList<string> sent)
    {
        if (verdict.Session is not { } session)
            return verdict with { Failure = verdict.Failure?.WithoutEcho(sent) };
        var withLifetime = WithLifetimeAsync(verdict);
        var (access, liveness) = await CheckAccessAsync(session, useSandbox, sent);
        verdict = await withLifetime;
        var confirmed = access.Failure switch
        {
            null => verdict,
            { } failure when liveness == Liveness.Dead => GrantVerdicts.Failed(
                failure with { Class = FailureClass.NeedsSetup, Advice = SetupAdvice.NotAccepted }, GrantFate.Dead, verdict.RefreshToken),
            { } failure => GrantVerdicts.Failed(failure, GrantFate.Dead, verdict.RefreshToken),
        };
        return confirmed with { Checks = access.Checks };
    }

    // Only introspection reports how long a session lives. If it fails, the default is used.
    private async Task<GrantVerdict> WithLifetimeAsync(GrantVerdict verdict)
    {
        if (verdict.Session is not { } session)
            return verdict;
        var told = await IntrospectAsync(session.LoginUrl, session.AccessToken, "access_token", LifetimePatience);
        var now = clock.GetUtcNow();
        return told is Introspection.Active { ExpireTime: { } end } active && end > now
            ? verdict with
            {
                Session = session with { ExpectedExpireTime = SessionLifetime.End(end - now, now) },
                SessionLifetime = SessionLifetime.Plausible(end - (active.IssueTime ?? now)),
            }
            : verdict;
    }

    private async Task<Introspection> IntrospectAsync(string loginUrl, Secret token, string kind, TimeSpan patience)
    {
        var started = clock.GetTimestamp();
        using var bound = new CancellationTokenSource(patience);
        KeyValuePair<string, string>[] form = [new("token", token.Reveal()), new("token_type_hint", kind), .. App()];
        var result = await PostAsync(loginUrl, OAuthCalls.Introspect, form, maySend: null, bound.Token);
        var told = Introspection.Of(result, clock.GetUtcNow());
        if (told is Introspection.Unclear unclear)
            told = new Introspection.Unclear(unclear.Failure.WithoutEcho(Sent(form)));
        Report("introspect", loginUrl, (told as Introspection.Unclear)?.Failure, started);
        return told;
    }

    // The values of a form that are not constants of the protocol.
    private static IReadOnlyList<string> Sent(IEnumerable<KeyValuePair<string, string>> form) =>
        [.. form.Where(field => field.Key is not ("grant_type" or "redirect_uri" or "token_type_hint")).Select(field => field.Value)];

    private IEnumerable<KeyValuePair<string, string>> App() =>
        [new("client_id", settings.ClientId ?? ""), new("client_secret", settings.ClientSecret?.Reveal() ?? "")];

    private async Task<CallResult> PostAsync(
        string baseUrl, string path, IEnumerable<KeyValuePair<string, string>> form, Func<bool>? maySend, CancellationToken cancellationToken)
    {
        if (!settings.IsOAuthConfigured)
            return new CallResult.NotSent(NotSentReason.NotConfigured);
        using var request = await OAuthCalls.PostAsync(baseUrl, path, form, maySend);
        return await SendAsync(request, cancellationToken);
    }

    private async Task<CallResult> SendAsync(HttpRequestMessage request, TimeSpan patience)
    {
        using var bound = new CancellationTokenSource(patience);
        return await SendAsync(request, bound.Token);
    }

    private async Task<CallResult> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync(request, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new CallResult.NoAnswer();
        }
    }

    private void Report(string call, string baseUrl, Failure? failure, long started)
    {
        metrics.CalledOAuth(call, failure?.Class.ToString() ?? "accepted");
        Log.Called(log, call, new Uri(baseUrl).Authority, failure?.Class, failure?.SalesforceCode, (long)clock.GetElapsedTime(started).TotalMilliseconds);
    }

    private static partial class Log
    {
        [LoggerMessage(440, LogLevel.Information, "Salesforce OAuth {Call} at {Host}: failure {Failure} {Code}, {Milliseconds} ms")]
        public static partial void Called(ILogger logger, string call, string host, FailureClass? failure, string? code, long milliseconds);

        // Without the exception's text, which may quote what was to be sent.
        [LoggerMessage(441, LogLevel.Error, "The checks of a new OAuth token failed with {Exception}; this is a bug in the service")]
        public static partial void Broke(ILogger logger, string exception);
    }
}
