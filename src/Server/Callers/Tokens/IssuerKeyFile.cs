using System.Security.Cryptography;
using System.Text;
using GrpcCreds.Server.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace GrpcCreds.Server.Callers.Tokens;

/// <summary>Reads public keys from a JWKS or from a sequence of PEM blocks.</summary>
internal static class IssuerKeyFile
{
    /// <exception cref="FileException">The file contains something else, or a key that is not public.</exception>
    public static IReadOnlyList<SecurityKey> Parse(byte[] content)
    {
        var text = Encoding.UTF8.GetString(content);
        try
        {
            var keys = text.TrimStart().StartsWith('{') ? FromJwks(text) : FromPem(text);
            return keys.Count > 0 ? keys : throw new FileException("it contains no public key");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new FileException("it is neither a JWKS nor a PEM file of public keys");
        }
    }

    public static bool IsPublic(JsonWebKey key) => key.Kty is "RSA" or "EC" && !key.HasPrivateKey;

    private static List<SecurityKey> FromJwks(string text)
    {
        var keys = JsonWebKeySet.Create(text).Keys;
        // With a shared secret, anyone able to check tokens could also issue them; a private key does not belong here.
        if (!keys.All(IsPublic))
            throw new FileException("each key in it must be a public RSA or EC key");
        return [.. keys];
    }

    private static List<SecurityKey> FromPem(string text)
    {
        var keys = new List<SecurityKey>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var block))
        {
            if (rest[block.Label] is not ("PUBLIC KEY" or "RSA PUBLIC KEY"))
                throw new FileException("each block in it must be a PUBLIC KEY");
            keys.Add(FromBlock(rest[block.Location]));
            rest = rest[block.Location.End..];
        }
        return keys;
    }

    private static SecurityKey FromBlock(ReadOnlySpan<char> pem)
    {
        try
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return new RsaSecurityKey(rsa);
        }
        catch (CryptographicException)
        {
            var ec = ECDsa.Create();
            ec.ImportFromPem(pem);
            return new ECDsaSecurityKey(ec);
        }
    }
}
