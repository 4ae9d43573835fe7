using System.Security.Cryptography;
using GrpcCreds.Server.Tenants.Model;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Salesforce.JwtBearer;

/// <summary>
/// Signs assertions (RFC 7523, RS256). This is the only place that uses a private key: where a key management service is to hold the keys, it signs here.
/// </summary>
internal static class AssertionSigner
{
    /// <summary>Salesforce accepts at most 3 minutes.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(2);

    // Without times of its own, which would be this server's; without a cache, which would keep the key in memory.
    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false };
    private static readonly CryptoProviderFactory Uncached = new() { CacheSignatureProviders = false };

    /// <summary>An assertion for one request. Nobody sends it twice, so it needs no id of its own.</summary>
    /// <param name="credential">The app, the user and the key.</param>
    /// <param name="audience">The login host at Salesforce.</param>
    /// <param name="now">The time by Salesforce's clock.</param>
    public static Secret Sign(JwtBearerCredential credential, Uri audience, DateTimeOffset now)
    {
        using var rsa = RSA.Create();
        var bytes = Convert.FromBase64String(credential.Key.PrivateKey.Reveal());
        rsa.ImportPkcs8PrivateKey(bytes, out _);
        CryptographicOperations.ZeroMemory(bytes);
        return new(Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = credential.ConsumerKey,
            Audience = audience.GetLeftPart(UriPartial.Authority),
            Claims = new Dictionary<string, object> { [JwtRegisteredClaimNames.Sub] = credential.Username },
            Expires = (now + Lifetime).UtcDateTime,
            SigningCredentials = new(new RsaSecurityKey(rsa) { CryptoProviderFactory = Uncached }, SecurityAlgorithms.RsaSha256)
            {
                CryptoProviderFactory = Uncached,
            },
        }));
    }
}
