using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>
/// Decides whether a bearer token is valid, which caller it identifies and until when. Issuer, audience, subject, expiry and an asymmetric
/// signature are all required.
/// </summary>
internal sealed class TokenCheck(JwtOptions options, IssuerKeys keys, TimeProvider clock)
{
    /// <summary>How far the issuer's clock may be ahead. It does not extend a token's expiry.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    // No symmetric algorithm: anyone could sign with the public key as the secret.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler handler = new();

    /// <summary>Whether an issuer is configured, so that tokens are accepted.</summary>
    public bool AreTaken => options.Issuer is not null;

    /// <summary>The subject and the token's expiry, or why the token is not accepted.</summary>
    public sealed record Verdict(string? Subject, DateTimeOffset Ends, string Problem);

    /// <exception cref="IssuerUnavailableException">The issuer's keys cannot be fetched.</exception>
    public async Task<Verdict> CheckAsync(string token, CancellationToken cancellationToken)
    {
        if (TokenForm.Read(token, out var problem) is not { } form)
            return new(null, default, problem);
        var result = await handler.ValidateTokenAsync(token, Rules(await keys.GetAsync(cancellationToken), form.Algorithm));
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException)
        {
            result = await handler.ValidateTokenAsync(token, Rules(await keys.GetNewestAsync(cancellationToken), form.Algorithm));
        }
        if (!result.IsValid)
            return new(null, default, Describe(result.Exception));
        if (form.IssuedAt > clock.GetUtcNow() + Skew)
            return new(null, default, "it is not valid now (iat)");
        return form.Subject is { Length: > 0 } subject
            ? new(subject, ((JsonWebToken)result.SecurityToken).ValidTo, "")
            : new(null, default, "it has no subject (sub)");
    }

    private TokenValidationParameters Rules(IEnumerable<SecurityKey> signingKeys, string algorithm) => new()
    {
        ValidIssuer = options.Issuer,
        ValidAudience = options.Audience,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        IssuerSigningKeys = signingKeys.Where(key => IsFor(key, algorithm)),
        ValidAlgorithms = Algorithms,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        LifetimeValidator = (notBefore, expires, _, _) => IsAlive(notBefore, expires),
    };

    // If the issuer states a key's algorithm, the key is for that one only (RFC 8725, 3.1). Each curve is for one algorithm (RFC 7518, 3.4), and RSA
    // keys have a minimum length.
    private static bool IsFor(SecurityKey key, string algorithm)
    {
        if (key is JsonWebKey jwk && ((!string.IsNullOrEmpty(jwk.Alg) && jwk.Alg != algorithm) || (!string.IsNullOrEmpty(jwk.Use) && jwk.Use != "sig")
            || (jwk.KeyOps.Count > 0 && !jwk.KeyOps.Contains("verify"))))
            return false;
        var isEc = key is ECDsaSecurityKey or JsonWebKey { Kty: "EC" };
        return algorithm switch
        {
            "ES256" => isEc && key.KeySize == 256,
            "ES384" => isEc && key.KeySize == 384,
            "ES512" => isEc && key.KeySize == 521,
            _ => !isEc && key.KeySize >= 2048,
        };
    }

    private bool IsAlive(DateTime? notBefore, DateTime? expires)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return expires > now && !(notBefore > now + Skew);
    }

    // Not the exceptions' own texts: they show parts of the token.
    private static string Describe(Exception? exception) => exception switch
    {
        SecurityTokenInvalidIssuerException => "it is from another issuer (iss)",
        SecurityTokenInvalidAudienceException => "it is for another audience (aud)",
        SecurityTokenInvalidLifetimeException => "it is not valid now (exp, nbf)",
        SecurityTokenSignatureKeyNotFoundException => "it is signed by a key that the issuer does not have",
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "its signature is invalid, or its algorithm is not allowed",
        _ => "it is not a valid JWT",
    };
}
