using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>
/// Requests tokens with the key and secret of a tenant's own app. Every outcome is returned as a value. A request may take up to 20 s, and the question
/// for the token's lifetime that follows 5 s.
/// </summary>
internal sealed class ClientCredentialsClient(SalesforceHttp http, TokenRequests requests, IOptions<SalesforceOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan LifetimePatience = TimeSpan.FromSeconds(5);

    /// <summary>Requests one token. The verdict has the checks LOGIN and IDENTITY.</summary>
    /// <param name="credential">The app.</param>
    /// <param name="expected">The org and user that the token must belong to; null allows any.</param>
    /// <param name="maySend">Called when the connection is established, right before the first byte: whether the claim on this call is still fresh.</param>
    public async Task<TestVerdict> RequestAsync(ClientCredential credential, SalesforceIdentity? expected, Func<bool> maySend)
    {
        var loginUrl = options.Value.LoginBaseUrl(credential.UseSandbox, credential.MyDomain);
        KeyValuePair<string, string>[] form = [new("grant_type", "client_credentials"), .. App(credential)];
        var verdict = await requests.SendAsync(
            "client_credentials", loginUrl, form, [credential.ConsumerKey, credential.ConsumerSecret.Reveal()], maySend,
            result => new ClientCredentialsVerdicts(options.Value, loginUrl, credential, expected, clock.GetUtcNow()).Of(result));
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
}
