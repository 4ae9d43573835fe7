using System.Text;
using System.Text.Json;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>
/// The form that a bearer token must have before its signature is checked, by RFC 7515, 7519, 8725 and 9068: three parts in plain base64url, each
/// of the first two a JSON object without duplicate names. It must be an access token, and must not be bound to a key.
/// </summary>
internal static class TokenForm
{
    /// <summary>More than any reasonable issuer writes.</summary>
    public const int MaxLength = 8_192;

    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // JWT and a missing typ are accepted too: few issuers are as strict as RFC 9068.
    private static readonly string[] AccessTokens = ["at+jwt", "application/at+jwt"], Kinds = ["jwt", "application/jwt", .. AccessTokens];

    // Claims found only in ID tokens (OpenID Connect) and in tokens about events, such as a logout.
    private static readonly string[] OfIdTokens = ["nonce", "at_hash", "c_hash", "s_hash"], OfEvents = ["events", "toe"];

    private static readonly string[] Texts = ["iss", "sub", "jti"], Times = ["exp", "nbf", "iat"];

    /// <summary>The parts of a token that matter here.</summary>
    public sealed record Parts(string Algorithm, string? Subject, DateTimeOffset? IssuedAt);

    /// <returns>null if the form is wrong; <paramref name="problem"/> is then the reason, for the operator.</returns>
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
        // Half of a surrogate pair causes the last of these exceptions.
        catch (Exception e) when (e is FormatException or JsonException or DecoderFallbackException or InvalidOperationException)
        {
            problem = "it is not a valid JWT";
            return null;
        }
    }

    private static string? Problem(JsonElement header)
    {
        if (header.TryGetProperty("crit", out _) || header.TryGetProperty("b64", out _))
            return "its header requires an extension that this service does not support (crit, b64)";
        if (header.TryGetProperty("zip", out _) || header.TryGetProperty("enc", out _))
            return "it is compressed or encrypted";
        if (header.TryGetProperty("typ", out _) && !Kinds.Contains(Text(header, "typ")?.ToLowerInvariant()))
            return "it is another kind of token than an access token (typ)";
        return header.TryGetProperty("cty", out _) ? "it contains another token (cty)" : null;
    }

    private static string? Problem(JsonElement claims, bool isAccessToken)
    {
        // The caller would have to prove that it holds the key; without that proof a stolen token looks the same.
        if (claims.TryGetProperty("cnf", out _))
            return "it is bound to a key (cnf) but was sent as a bearer token";
        if (OfEvents.Any(name => claims.TryGetProperty(name, out _)) || (!isAccessToken && OfIdTokens.Any(name => claims.TryGetProperty(name, out _))))
            return "it is not an access token: its claims are those of an ID token or of an event";
        // The claims by which Keycloak and Cognito tell kinds of tokens apart.
        if (Differs(claims, "typ", "Bearer") || Differs(claims, "token_use", "access"))
            return "it is not an access token (typ, token_use)";
        foreach (var name in Texts)
        {
            if (claims.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.String)
                return $"its {name} is not a string";
        }
        if (claims.TryGetProperty("aud", out var audience) && audience.ValueKind != JsonValueKind.String
            && (audience.ValueKind != JsonValueKind.Array || audience.EnumerateArray().Any(one => one.ValueKind != JsonValueKind.String)))
            return "its aud is neither a string nor a list of strings";
        return Times.FirstOrDefault(name => claims.TryGetProperty(name, out _) && Time(claims, name) is null) is { } wrong
            ? $"its {wrong} is not a valid time"
            : null;
    }

    private static bool IsAccessToken(JsonElement header) => AccessTokens.Contains(Text(header, "typ")?.ToLowerInvariant());

    private static bool Differs(JsonElement claims, string name, string expected) =>
        claims.TryGetProperty(name, out _) && !string.Equals(Text(claims, name), expected, StringComparison.OrdinalIgnoreCase);

    private static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    // Seconds since 1970, possibly with a fraction, within the range of DateTimeOffset.
    private static DateTimeOffset? Time(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds)
            && seconds is >= 0 and < 253_402_300_800
            ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
            : null;

    private static bool IsBase64Url(string part) => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static JsonDocument Parse(string part)
    {
        var document = JsonDocument.Parse(Utf8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(part)), Json);
        return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new FormatException();
    }
}
