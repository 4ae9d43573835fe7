using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>The good answer of the token endpoint, as far as it came. It has no <c>expires_in</c>; what else it has does not matter.</summary>
internal sealed record TokenAnswer
{
    public Secret? AccessToken { get; private init; }

    public Secret? RefreshToken { get; init; }

    public string? InstanceUrl { get; private init; }

    /// <summary>The identity URL; it ends with org and user. Nothing is ever sent there.</summary>
    public string? Id { get; private init; }

    private string? IssuedAt { get; init; }

    private string? Signature { get; init; }

    private string? Scope { get; init; }

    /// <summary>Whether who has the access token may use it. Where the type is left out it is taken to be so, as it is with Salesforce.</summary>
    public bool IsBearer { get; private init; }

    /// <summary>Whether the answer says what the token is good for.</summary>
    public bool NamesScope => Scope is not null;

    /// <summary>Whose token it is, or null if that is not said. Ids have 15 characters in old orgs.</summary>
    public SalesforceIdentity? Identity =>
        Uri.TryCreate(Id, UriKind.Absolute, out var url) && url.AbsolutePath.Split('/') is [.., "id", var org, var user] ? SalesforceId.Identity(org, user) : null;

    /// <summary>What the body says, or null if it holds no token.</summary>
    public static TokenAnswer? Parse(byte[] body)
    {
        if (JsonAnswers.ParseObject(body) is not { } root)
            return null;
        var answer = new TokenAnswer
        {
            // It goes into a header; a refresh token goes into a form, which holds any text.
            AccessToken = root.Text("access_token") is { } token && token.All(c => c is > ' ' and < '\x7f') ? new Secret(token) : null,
            RefreshToken = root.Text("refresh_token") is { } refreshToken ? new Secret(refreshToken) : null,
            InstanceUrl = root.Text("instance_url"),
            Id = root.Text("id"),
            // A text, says Salesforce; what is signed is the same if it is a number.
            IssuedAt = root.Text("issued_at") ?? (root.Member("issued_at") is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : null),
            Signature = root.Text("signature"),
            Scope = root.Text("scope"),
            IsBearer = root.Member("token_type") is null or { ValueKind: JsonValueKind.Null }
                || string.Equals(root.Text("token_type"), "Bearer", StringComparison.OrdinalIgnoreCase),
        };
        return answer.AccessToken is null && answer.RefreshToken is null ? null : answer;
    }

    /// <summary>Whether the token is good for the API; <c>full</c> is every scope but that of a refresh token.</summary>
    public bool HasApi => Scope?.Split(' ').Any(scope => scope is "api" or "full") == true;

    /// <summary>Whether Salesforce made the pair of <c>id</c> and <c>issued_at</c>: base64 of HMAC-SHA256 under the app's secret.</summary>
    public bool IsSignedWith(Secret clientSecret)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(Signature ?? "", given, out var length) && length == given.Length
            && CryptographicOperations.FixedTimeEquals(
                given, HMACSHA256.HashData(Encoding.UTF8.GetBytes(clientSecret.Reveal()), Encoding.UTF8.GetBytes(Id + IssuedAt)));
    }
}
