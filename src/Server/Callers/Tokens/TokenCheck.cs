using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>Decides whether a bearer token is good, and whom it names until when. Issuer, audience, subject, expiry and an asymmetric signature are all required.</summary>
internal sealed class TokenCheck(JwtOptions options, IssuerKeys keys, TimeProvider clock)
{
    /// <summary>By how much the issuer's clock may be ahead; a token's end is its end.</summary>
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    // No symmetric one: with the public key as its secret, anybody could sign.
    private static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private readonly JsonWebTokenHandler handler = new();

    /// <summary>Whether an issuer is believed at all.</summary>
    public bool AreTaken => options.Issuer is not null;

    /// <summary>Whom it names and until when, or why it is not believed.</summary>
    public sealed record Verdict(string? Subject, DateTimeOffset Ends, string Problem);

    /// <exception cref="IssuerUnavailableException">The issuer's keys cannot be had.</exception>
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
        return form.Subject is { Length: > 0 } subject ? new(subject, ((JsonWebToken)result.SecurityToken).ValidTo, "") : new(null, default, "it names nobody (sub)");
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

    // A key serves one algorithm (RFC 8725, 3.1) where the issuer says which; a curve serves one anyway (RFC 7518, 3.4), and RSA keys have a least length.
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

    // The exceptions' own texts show parts of the token.
    private static string Describe(Exception? exception) => exception switch
    {
        SecurityTokenInvalidIssuerException => "it is of another issuer (iss)",
        SecurityTokenInvalidAudienceException => "it is for another audience (aud)",
        SecurityTokenInvalidLifetimeException => "it is not valid now (exp, nbf)",
        SecurityTokenSignatureKeyNotFoundException => "it is signed by a key that the issuer does not have",
        SecurityTokenInvalidSignatureException or SecurityTokenInvalidAlgorithmException => "its signature is not good, or of a kind that is not allowed",
        _ => "it is no token",
    };
}
