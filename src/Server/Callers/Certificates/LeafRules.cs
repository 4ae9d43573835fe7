using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>
/// The rules for a caller's certificate, in addition to being issued by a known authority: those of an X.509-SVID leaf. A certificate without a URI is
/// identified by its subject; one with a URI never is.
/// </summary>
internal static class LeafRules
{
    private const string SubjectAlternativeName = "2.5.29.17", ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int MinRsaBits = 2048, MinEcBits = 256;

    // MD5 and SHA-1 with RSA, and SHA-1 with ECDSA: an attacker who can create two contents with the same signature can forge a certificate.
    private static readonly string[] BrokenSignatures = ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10045.4.1"];

    private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

    /// <returns>The identity, or null with a problem for the log.</returns>
    public static CertificateIdentity? Identify(X509Certificate2 leaf, string? trustDomain, out string problem)
    {
        problem = Problem(leaf) ?? "";
        if (problem != "")
            return null;
        if (!TryReadUris(leaf, out var uris))
            problem = "its subject alternative name cannot be read";
        else if (uris.Count > 1)
            problem = "it has more than one URI";
        else if (uris is [var uri])
            problem = !SpiffeId.TryParse(uri, out var id) ? "its URI is not a SPIFFE ID of a workload"
                : id.TrustDomain != trustDomain ? "it belongs to another trust domain"
                : "";
        else if (leaf.Subject == "")
            problem = "it has neither a URI nor a subject";
        return problem != "" ? null : uris is [var name] ? new(IsUri: true, name) : new(IsUri: false, leaf.Subject);
    }

    private static string? Problem(X509Certificate2 leaf)
    {
        if (leaf.Extensions.OfType<X509BasicConstraintsExtension>().Any(constraints => constraints.CertificateAuthority))
            return "it is the certificate of an authority (CA:true)";
        var usages = leaf.Extensions.OfType<X509KeyUsageExtension>().Select(usage => usage.KeyUsages).ToList();
        if (usages is not [var usage] || !usage.HasFlag(X509KeyUsageFlags.DigitalSignature))
            return "its key usage is not digitalSignature";
        if ((usage & (X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign)) != 0)
            return "its key may sign certificates";
        if (leaf.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .Any(purposes => !purposes.EnhancedKeyUsages.Cast<Oid>().Any(purpose => purpose.Value == ClientAuthentication)))
            return "it is not for client authentication";
        if (BrokenSignatures.Contains(leaf.SignatureAlgorithm.Value))
            return "its signature algorithm is broken";
        return leaf.GetRSAPublicKey() is { } rsa && rsa.KeySize < MinRsaBits || leaf.GetECDsaPublicKey() is { } ec && ec.KeySize < MinEcBits
            ? "its key is too short"
            : null;
    }

    // .NET can list the DNS names of a certificate, but not its URIs.
    private static bool TryReadUris(X509Certificate2 leaf, out List<string> uris)
    {
        uris = [];
        var extensions = leaf.Extensions.Where(extension => extension.Oid?.Value == SubjectAlternativeName).ToList();
        if (extensions.Count == 0)
            return true;
        try
        {
            var reader = new AsnReader(extensions.Single().RawData, AsnEncodingRules.DER);
            var names = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            while (names.HasData)
            {
                if (names.PeekTag().HasSameClassAndValue(Uri))
                    uris.Add(names.ReadCharacterString(UniversalTagNumber.IA5String, Uri));
                else
                    names.ReadEncodedValue();
            }
            return true;
        }
        catch (Exception e) when (e is AsnContentException or InvalidOperationException)
        {
            return false;
        }
    }
}
