using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.JwtBearer;

/// <summary>
/// Makes key pairs with self-signed certificates. RSA, because Salesforce verifies RS256 only; 3072 bits, because such a key is meant to last beyond 2030,
/// up to which NIST accepts 2048. That takes a processor up to some seconds, so they are made one at a time, and never while a claim runs.
/// </summary>
internal sealed class SigningKeys(TimeProvider clock) : IDisposable
{
    public const int DefaultDays = 365;
    public const int MaxDays = 1825;

    private const int Bits = 3072;

    /// <summary>The certificate is valid from a little earlier on, so that it is also valid by a clock that is behind.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Makes a key for a tenant, whose name the certificate shows.</summary>
    public async Task<SigningKey> MakeAsync(TenantId tenant, int validityDays, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => Make(tenant, validityDays), cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private SigningKey Make(TenantId tenant, int validityDays)
    {
        var now = clock.GetUtcNow();
        using var rsa = RSA.Create(Bits);
        var request = new CertificateRequest($"CN={tenant}, O=GrpcCreds", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using var certificate = request.CreateSelfSigned(now - ClockTolerance, now.AddDays(validityDays));
        var bytes = rsa.ExportPkcs8PrivateKey();
        var key = new SigningKey
        {
            PrivateKey = new Secret(Convert.ToBase64String(bytes)),
            Certificate = certificate.ExportCertificatePem(),
            Fingerprint = certificate.GetCertHashString(HashAlgorithmName.SHA256),
            MakeTime = now,
            ExpireTime = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero),
        };
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}
