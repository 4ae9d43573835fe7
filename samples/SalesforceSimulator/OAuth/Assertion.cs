using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>A JWT that is presented as an assertion (RFC 7523), parsed but not trusted.</summary>
internal sealed record Assertion(string Issuer, string Subject, string Audience, long Expires, string Algorithm, byte[] Signed, byte[] Signature)
{
    /// <summary>Null if the text is no JWT.</summary>
    public static Assertion? Parse(string text)
    {
        try
        {
            if (text.Split('.') is not [var head, var body, var signature])
                return null;
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(head));
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body));
            string Text(string name) => claims.RootElement.TryGetProperty(name, out var value) ? value.ToString() : "";
            return new(
                Text("iss"), Text("sub"), Text("aud"), claims.RootElement.GetProperty("exp").GetInt64(), header.RootElement.GetProperty("alg").GetString()!,
                Encoding.ASCII.GetBytes($"{head}.{body}"), Base64Url.DecodeFromChars(signature));
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Whether the key of a certificate that is valid now made the signature.</summary>
    public bool IsSignedBy(string pem, DateTimeOffset now)
    {
        using var certificate = X509Certificate2.CreateFromPem(pem);
        using var rsa = certificate.GetRSAPublicKey();
        return Algorithm == "RS256" && rsa is not null && now >= certificate.NotBefore && now < certificate.NotAfter
            && rsa.VerifyData(Signed, Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }
}
