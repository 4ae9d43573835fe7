using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;

namespace GrpcCreds.Tests.Support;

/// <summary>A key with a certificate, and assertions by it, made without the service.</summary>
internal sealed class JwtKey : IDisposable
{
    private readonly RSA rsa = RSA.Create(2048);

    public JwtKey(DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using var certificate = new CertificateRequest("CN=test", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(notBefore ?? DateTimeOffset.UtcNow.AddDays(-1), notAfter ?? DateTimeOffset.UtcNow.AddDays(30));
        Certificate = certificate.ExportCertificatePem();
    }

    public string Certificate { get; }

    public string PrivateKey => rsa.ExportPkcs8PrivateKeyPem();

    public string Assert(string issuer, string subject, string audience, DateTimeOffset expires, string algorithm = "RS256")
    {
        var signed = $"{Encode(new { alg = algorithm })}.{Encode(new { iss = issuer, sub = subject, aud = audience, exp = expires.ToUnixTimeSeconds() })}";
        var signature = rsa.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    public void Dispose() => rsa.Dispose();

    private static string Encode<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
