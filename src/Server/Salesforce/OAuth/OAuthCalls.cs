using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>The requests to the OAuth endpoints. Every secret except the browser's challenge is in a body, which is sent once.</summary>
internal static class OAuthCalls
{
    public const string Token = "/services/oauth2/token";
    public const string Introspect = "/services/oauth2/introspect";
    public const string Revoke = "/services/oauth2/revoke";

    private const string Authorize = "/services/oauth2/authorize";

    // "full" would not include the refresh token.
    private const string Scope = "api refresh_token id";

    /// <summary>
    /// The URL where a browser starts a sign-in. With <c>prompt=login</c>, because otherwise the user who happens to be signed in at Salesforce would be
    /// authorized silently.
    /// </summary>
    public static Uri AuthorizationUrl(SalesforceOptions options, Uri baseUrl, string state, Secret codeVerifier)
    {
        var parameters = new (string Name, string Value)[]
        {
            ("response_type", "code"),
            ("client_id", options.ClientId!),
            ("redirect_uri", options.RedirectUri.OriginalString),
            ("scope", Scope),
            ("state", state),
            ("code_challenge", Challenge(codeVerifier)),
            ("code_challenge_method", "S256"),
            ("prompt", "login"),
        };
        return new(baseUrl, $"{Authorize}?{string.Join('&', parameters.Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value)}"))}");
    }

    /// <summary>Creates a form request to one of the endpoints.</summary>
    public static async Task<HttpRequestMessage> PostAsync(string baseUrl, string path, IEnumerable<KeyValuePair<string, string>> form, Func<bool>? maySend)
    {
        using var encoded = new FormUrlEncodedContent(form);
        var content = new OnceContent(await encoded.ReadAsByteArrayAsync(), maySend);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return new(HttpMethod.Post, new Uri(new Uri(baseUrl), path)) { Content = content, Headers = { Accept = { new("application/json") } } };
    }

    /// <summary>The failure of a call that may be repeated because it changes nothing, or nothing more.</summary>
    public static Failure Failure(CallResult result, DateTimeOffset now) => result switch
    {
        CallResult.NotSent notSent => TransportFailures.OfNotSent(notSent.Reason, now),
        CallResult.Answered { Status: >= 400 and < 500 } answered when OAuthError.ParseAny(answered.Body) is { } error => OAuthErrors.Of(error, now),
        CallResult.Answered answered => TransportFailures.OfDeclined(answered.Status, now)
            ?? new(
                FailureClass.Unavailable,
                null,
                $"Salesforce answered with HTTP status {answered.Status} and no usable content; try again in a few minutes.",
                now),
        _ => new(FailureClass.Unavailable, null, "Salesforce did not send a complete answer in time; try again in a few minutes.", now),
    };

    private static string Challenge(Secret codeVerifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(codeVerifier.Reveal())));
}
