using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.OAuth;

/// <summary>The successful answer of the token endpoint, as far as it is complete. It has no <c>expires_in</c>; other members are ignored.</summary>
internal sealed record TokenAnswer
{
    public Secret? AccessToken { get; private init; }

    public Secret? RefreshToken { get; init; }

    public string? InstanceUrl { get; private init; }

    /// <summary>The identity URL; it ends with the org id and the user id. Nothing is ever sent there.</summary>
    public string? Id { get; private init; }

    private string? IssuedAt { get; init; }

    private string? Signature { get; init; }

    private string? Scope { get; init; }

    /// <summary>Whether it is a bearer token. A missing type counts as bearer, as it does at Salesforce.</summary>
    public bool IsBearer { get; private init; }

    /// <summary>Whether the answer names the token's scope.</summary>
    public bool NamesScope => Scope is not null;

    /// <summary>The token's org and user, or null if the answer does not name them. Old orgs have ids of 15 characters.</summary>
    public SalesforceIdentity? Identity =>
        Uri.TryCreate(Id, UriKind.Absolute, out var url) && url.AbsolutePath.Split('/') is [.., "id", var org, var user]
            ? SalesforceId.Identity(org, user)
            : null;

    /// <summary>The parsed body, or null if it contains no token.</summary>
    public static TokenAnswer? Parse(byte[] body)
    {
        if (JsonAnswers.ParseObject(body) is not { } root)
            return null;
        var answer = new TokenAnswer
        {
            // The access token is sent in a header; a refresh token is sent in a form, which can contain any text.
            AccessToken = root.Text("access_token") is { } token && token.All(c => c is > ' ' and < '\x7f') ? new Secret(token) : null,
            RefreshToken = root.Text("refresh_token") is { } refreshToken ? new Secret(refreshToken) : null,
            InstanceUrl = root.Text("instance_url"),
            Id = root.Text("id"),
            // According to Salesforce a string; the signed text is the same if it is a number.
            IssuedAt = root.Text("issued_at") ?? (root.Member("issued_at") is { ValueKind: JsonValueKind.Number } number ? number.GetRawText() : null),
            Signature = root.Text("signature"),
            Scope = root.Text("scope"),
            IsBearer = root.Member("token_type") is null or { ValueKind: JsonValueKind.Null }
                || string.Equals(root.Text("token_type"), "Bearer", StringComparison.OrdinalIgnoreCase),
        };
        return answer.AccessToken is null && answer.RefreshToken is null ? null : answer;
    }

    /// <summary>Whether the token allows API access; <c>full</c> includes every scope except that of a refresh token.</summary>
    public bool HasApi => Scope?.Split(' ').Any(scope => scope is "api" or "full") == true;

    /// <summary>Whether Salesforce signed the pair of <c>id</c> and <c>issued_at</c>: base64 of HMAC-SHA256 with the app's secret.</summary>
    public bool IsSignedWith(Secret clientSecret)
    {
        var given = new byte[HMACSHA256.HashSizeInBytes];
        return Convert.TryFromBase64String(Signature ?? "", given, out var length) && length == given.Length
            && CryptographicOperations.FixedTimeEquals(
                given, HMACSHA256.HashData(Encoding.UTF8.GetBytes(clientSecret.Reveal()), Encoding.UTF8.GetBytes(Id + IssuedAt)));
    }
}
