using System.Text;
using System.Text.Json;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>
/// What a bearer token must look like before its signature is worth a look, by RFC 7515, 7519, 8725 and 9068: three parts in plain base64url, each of the
/// first two one JSON object that says nothing twice; of a kind that is an access token; and bound to nothing that a bearer cannot show.
/// </summary>
internal static class TokenForm
{
    /// <summary>More than any sane issuer writes.</summary>
    public const int MaxLength = 8_192;

    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // JWT and none at all stand for it too: issuers are seldom as strict as RFC 9068.
    private static readonly string[] AccessTokens = ["at+jwt", "application/at+jwt"], Kinds = ["jwt", "application/jwt", .. AccessTokens];

    // What only stands in ID tokens (OpenID Connect) and in tokens about events, such as a logout.
    private static readonly string[] OfIdTokens = ["nonce", "at_hash", "c_hash", "s_hash"], OfEvents = ["events", "toe"];

    private static readonly string[] Texts = ["iss", "sub", "jti"], Times = ["exp", "nbf", "iat"];

    /// <summary>What counts of a token.</summary>
    public sealed record Parts(string Algorithm, string? Subject, DateTimeOffset? IssuedAt);

    /// <returns>null with the reason, in words for the operator.</returns>
    public static Parts? Read(string token, out string problem)
    {
        if (token.Length > MaxLength)
        {
            problem = $"it has more than {MaxLength} characters";
            return null;
        }
        try
        {
            var parts = token.Split('.');
            if (parts.Length != 3 || !parts.All(IsBase64Url))
                throw new FormatException();
            using var header = Parse(parts[0]);
            using var claims = Parse(parts[1]);
            problem = Problem(header.RootElement) ?? Problem(claims.RootElement, IsAccessToken(header.RootElement)) ?? "";
            return problem == "" ? new(Text(header.RootElement, "alg") ?? "", Text(claims.RootElement, "sub"), Time(claims.RootElement, "iat")) : null;
        }
        // The last is what a half of a surrogate pair ends in.
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException or InvalidOperationException)
        {
            problem = "it is no token";
            return null;
        }
    }

    private static string? Problem(JsonElement header)
    {
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _))
            return "its header demands an extension that is not known here (crit, b64)";
        if (header.TryGetProperty("zip", out _) || header.TryGetProperty("enc", out _))
            return "it is compressed or encrypted";
        if (header.TryGetProperty("typ", out _) && !Kinds.Contains(Text(header, "typ")?.ToLowerInvariant()))
            return "it is of another kind than an access token (typ)";
        return header.TryGetProperty("cty", out _) ? "it holds another token (cty)" : null;
    }

    private static string? Problem(JsonElement claims, bool isAccessToken)
    {
        // Whoever shows it would have to prove that a key is its own; a token that was stolen looks the same.
        if (claims.TryGetProperty("cnf", out _))
            return "it is bound to a key (cnf), and came as a bearer token";
        if (OfEvents.Any(name => claims.TryGetProperty(name, out _)) || (!isAccessToken && OfIdTokens.Any(name => claims.TryGetProperty(name, out _))))
            return "it is no access token: its claims are those of an ID token or of an event";
        // As Keycloak and Cognito write it.
        if (Differs(claims, "typ", "Bearer") || Differs(claims, "token_use", "access"))
            return "it is no access token (typ, token_use)";
        foreach (var name in Texts)
        {
            if (claims.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.String)
                return $"its {name} is no text";
        }
        if (claims.TryGetProperty("aud", out var audience) && audience.ValueKind != JsonValueKind.String
            && (audience.ValueKind != JsonValueKind.Array || audience.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.String)))
            return "its aud is neither a text nor a list of texts";
        return Times.FirstOrDefault(name => claims.TryGetProperty(name, out _) && Time(claims, name) is null) is { } wrong ? $"its {wrong} is no time" : null;
    }

    private static bool IsAccessToken(JsonElement header) => AccessTokens.Contains(Text(header, "typ")?.ToLowerInvariant());

    private static bool Differs(JsonElement claims, string name, string expected) =>
        claims.TryGetProperty(name, out _) && !string.Equals(Text(claims, name), expected, StringComparison.OrdinalIgnoreCase);

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Seconds since 1970, perhaps with a fraction, within what a clock can show.
    private static DateTimeOffset? Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and < 253_402_300_800
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static bool IsBase64Url(string part) => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static JsonDocument Parse(string part)
    {
        var document = JsonDocument.Parse(Utf8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(part)), Json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new FormatException();
    }
}
