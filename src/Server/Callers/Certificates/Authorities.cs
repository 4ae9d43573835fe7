using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>The certificate authorities that are trusted to issue client certificates. Immutable.</summary>
internal sealed class Authorities
{
    private readonly X509Certificate2Collection roots = [];

    /// <exception cref="FileException">The file is not valid.</exception>
    public Authorities(byte[] pem)
    {
        try
        {
            roots.ImportFromPem(System.Text.Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException)
        {
            throw new FileException("it is not a PEM file of certificates");
        }
        if (roots.Count == 0)
            throw new FileException("it contains no certificate");
        if (roots.Any(root => !root.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)))
            throw new FileException("each certificate in it must be that of an authority (CA:true)");
    }

    /// <summary>Uses neither the system's certificate store nor the network: an unknown certificate must not make the service open a connection.</summary>
    public X509ChainPolicy Policy(DateTime now)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
            VerificationTime = now,
            VerificationTimeIgnored = false,
        };
        policy.CustomTrustStore.AddRange(roots);
        return policy;
    }
}
