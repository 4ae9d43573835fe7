using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>
/// Requests tokens with the key and secret of a tenant's own app. Every outcome is returned as a value. A request may take up to 20 s, and the question
/// for the token's lifetime that follows 5 s.
/// </summary>
internal sealed partial class ClientCredentialsClient(
    SalesforceHttp http, IOptions<SalesforceOptions> options, ServiceMetrics metrics, TimeProvider clock, ILogger<ClientCredentialsClient> log)
{
    private static readonly TimeSpan LifetimePatience = TimeSpan.FromSeconds(5);

    /// <summary>Requests one token. The verdict has the checks LOGIN and IDENTITY.</summary>
    /// <param name="credential">The app.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    public async Task<TestVerdict> RequestAsync(ClientCredential credential, SalesforceIdentity? expected, Func<bool> maySend)
    {
        var started = clock.GetTimestamp();
        var loginUrl = options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain);
        KeyValuePair<string, string>[] form = [new("grant_type", "client_credentials"), .. App(credential)];
        using var request = await OAuthCalls.PostAsync(loginUrl.OriginalString, OAuthCalls.Token, form, maySend);
        var result = await http.SendAsync(request, CancellationToken.None);
        var verdict = new TokenVerdicts(options.Value, loginUrl, credential, expected, clock.GetUtcNow()).Of(result);
        verdict = verdict with { Failure = verdict.Failure?.WithoutEcho([credential.ConsumerKey, credential.ConsumerSecret.Reveal()]) };
        metrics.CalledOAuth("client_credentials", verdict.Failure?.Class.ToString() ?? "accepted");
        Log.Called(
            log, loginUrl.Authority, verdict.Failure?.Class, verdict.Failure?.SalesforceCode, (long)clock.GetElapsedTime(started).TotalMilliseconds);
        return verdict.Session is { } session ? verdict with { Session = await WithLifetimeAsync(credential, session) } : verdict;
    }

    // Only introspection reports how long a token lives. If it fails, the default is used.
    private async Task<SalesforceSession> WithLifetimeAsync(ClientCredential credential, SalesforceSession session)
    {
        using var bound = new CancellationTokenSource(LifetimePatience);
        KeyValuePair<string, string>[] form = [new("token", session.AccessToken.Reveal()), new("token_type_hint", "access_token"), .. App(credential)];
        using var request = await OAuthCalls.PostAsync(session.LoginUrl, OAuthCalls.Introspect, form, maySend: null);
        try
        {
            var told = Introspection.Of(await http.SendAsync(request, bound.Token), clock.GetUtcNow());
            var now = clock.GetUtcNow();
            return told is Introspection.Active { ExpireTime: { } end } && end > now
                ? session with { ExpectedExpireTime = SessionLifetime.End(end - now, now) }
                : session;
        }
        catch (OperationCanceledException) when (bound.IsCancellationRequested)
        {
            return session;
        }
    }

    private static KeyValuePair<string, string>[] App(ClientCredential credential) =>
        [new("client_id", credential.ConsumerKey), new("client_secret", credential.ConsumerSecret.Reveal())];

    private static partial class Log
    {
        [LoggerMessage(445, LogLevel.Information, "Salesforce client credentials at {Host}: failure {Failure} {Code}, {Milliseconds} ms")]
        public static partial void Called(ILogger logger, string host, FailureClass? failure, string? code, long milliseconds);
    }
}
