using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>What is sent to the OAuth endpoints. Every secret but the browser's challenge goes in a body, which is sent once.</summary>
internal static class OAuthCalls
{
    public const string Token = "/services/oauth2/token";
    public const string Introspect = "/services/oauth2/introspect";
    public const string Revoke = "/services/oauth2/revoke";

    private const string Authorize = "/services/oauth2/authorize";

    // "full" would not include the refresh token.
    private const string Scope = "api refresh_token id";

    /// <summary>
    /// Where a browser begins a sign-in. <c>prompt=login</c>: else whoever the browser happens to be at Salesforce would be authorised silently.
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

    /// <summary>A form to one of the endpoints.</summary>
    public static async Task<HttpRequestMessage> PostAsync(string baseUrl, string path, IEnumerable<KeyValuePair<string, string>> form, Func<bool>? maySend)
    {
        using var encoded = new FormUrlEncodedContent(form);
        var content = new OnceContent(await encoded.ReadAsByteArrayAsync(), maySend);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        return new(HttpMethod.Post, new Uri(new Uri(baseUrl), path)) { Content = content, Headers = { Accept = { new("application/json") } } };
    }

    /// <summary>Why a call failed that may be repeated: it changes nothing, or nothing more.</summary>
    public static Failure Failure(CallResult result, DateTimeOffset now) => result switch
    {
        CallResult.NotSent notSent => TransportFailures.OfNotSent(notSent.Reason, now),
        CallResult.Answered { Status: >= 400 and < 500 } answered when OAuthError.ParseAny(answered.Body) is { } error => OAuthErrors.Of(error, now),
        CallResult.Answered answered => TransportFailures.OfDeclined(answered.Status, now)
            ?? new(FailureClass.Unavailable, null, $"Salesforce answered with HTTP status {answered.Status} and nothing of use; try again in some minutes.", now),
        _ => new(FailureClass.Unavailable, null, "No whole answer came from Salesforce in time; try again in some minutes.", now),
    };

    private static string Challenge(Secret codeVerifier) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(codeVerifier.Reveal())));
}
