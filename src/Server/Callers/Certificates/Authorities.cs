using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>The certificate authorities whose client certificates are believed. Immutable.</summary>
internal sealed class Authorities
{
    private readonly X509Certificate2Collection roots = [];

    /// <exception cref="FileException">The file holds something else.</exception>
    public Authorities(byte[] pem)
    {
        try
        {
            roots.ImportFromPem(System.Text.Encoding.UTF8.GetString(pem));
        }
        catch (CryptographicException)
        {
            throw new FileException("it is no PEM file of certificates");
        }
        if (roots.Count == 0)
            throw new FileException("it holds no certificate");
        if (roots.Any(root => !root.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority)))
            throw new FileException("each certificate in it must be an authority's (CA:true)");
    }

    /// <summary>Neither the system's store nor the network is asked: a stranger's certificate must not make the service call anybody.</summary>
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
