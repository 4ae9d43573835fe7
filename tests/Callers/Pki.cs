using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Tests.Callers;

/// <summary>A certificate authority, and every kind of certificate it should not have issued.</summary>
internal sealed class Pki : IDisposable
{
    public const string TrustDomain = "example.org";

    private readonly DateTimeOffset now = DateTimeOffset.UtcNow;

    public Pki(string name = "Test authority") => Root = Issue(name, null, rule => rule.IsAuthority = true);

    public X509Certificate2 Root { get; }

    /// <summary>A good leaf, changed by <paramref name="change"/>, issued by <paramref name="issuer"/> or by the root.</summary>
    public X509Certificate2 Leaf(Action<Wishes>? change = null, X509Certificate2? issuer = null) => Issue("node", issuer ?? Root, wishes =>
    {
        wishes.Uris = [$"spiffe://{TrustDomain}/node"];
        wishes.Purposes = ["1.3.6.1.5.5.7.3.2"];
        change?.Invoke(wishes);
    });

    public X509Certificate2 Authority(string name, X509Certificate2 issuer) => Issue(name, issuer, wishes => wishes.IsAuthority = true);

    /// <summary>The certificate that a server presents.</summary>
    public X509Certificate2 Server() => Issue("service", Root, wishes => (wishes.Purposes, wishes.Addresses) = (["1.3.6.1.5.5.7.3.1"], [IPAddress.Loopback]));

    public void Dispose() => Root.Dispose();

    private X509Certificate2 Issue(string name, X509Certificate2? issuer, Action<Wishes> wish)
    {
        var wishes = new Wishes { Subject = $"CN={name}", NotBefore = now.AddMinutes(-5), NotAfter = now.AddDays(1) };
        wish(wishes);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName(wishes.Subject), key, HashAlgorithmName.SHA256);
        foreach (var extension in wishes.Extensions())
            request.CertificateExtensions.Add(extension);
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(-10), now.AddDays(400));
        // A generator of its own: an issuer that is no authority would be refused otherwise.
        var serial = RandomNumberGenerator.GetBytes(12);
        serial[0] &= 0x7f;
        var signer = issuer.GetECDsaPrivateKey()!;
        var generator = wishes.Hash == HashAlgorithmName.SHA1 ? new Sha1(signer) : X509SignatureGenerator.CreateForECDsa(signer);
        using var bare = request.Create(issuer.SubjectName, generator, wishes.NotBefore, wishes.NotAfter, serial);
        return bare.CopyWithPrivateKey(key);
    }

    /// <summary>Signs with an obsolete algorithm that the platform refuses to use.</summary>
    private sealed class Sha1(ECDsa key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);

        protected override PublicKey BuildPublicKey() => new(key);
    }

    /// <summary>The contents of a certificate to issue.</summary>
    public sealed class Wishes
    {
        private static readonly Asn1Tag Uri = new(TagClass.ContextSpecific, 6);

        public required string Subject { get; set; }

        public required DateTimeOffset NotBefore { get; set; }

        public required DateTimeOffset NotAfter { get; set; }

        public HashAlgorithmName Hash { get; set; } = HashAlgorithmName.SHA256;

        public bool IsAuthority { get; set; }

        public string[] Uris { get; set; } = [];

        public IPAddress[] Addresses { get; set; } = [];

        public string[] Purposes { get; set; } = [];

        public X509KeyUsageFlags? Usage { get; set; } = X509KeyUsageFlags.DigitalSignature;

        /// <summary>Stands in place of the subject alternative name.</summary>
        public byte[]? RawNames { get; set; }

        public IEnumerable<X509Extension> Extensions()
        {
            yield return new X509BasicConstraintsExtension(IsAuthority, false, 0, critical: true);
            if ((IsAuthority && Usage == X509KeyUsageFlags.DigitalSignature ? X509KeyUsageFlags.KeyCertSign : Usage) is { } usage)
                yield return new X509KeyUsageExtension(usage, critical: true);
            if (Purposes.Length > 0)
                yield return new X509EnhancedKeyUsageExtension([.. Purposes.Select(purpose => new Oid(purpose))], critical: false);
            if ((RawNames ?? (Uris.Length + Addresses.Length > 0 ? Names() : null)) is { } names)
                yield return new X509Extension("2.5.29.17", names, critical: false);
        }

        // By hand: the platform's builder writes no URI that is none.
        private byte[] Names()
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
            {
                foreach (var uri in Uris)
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, uri, Uri);
                foreach (var address in Addresses)
                    writer.WriteOctetString(address.GetAddressBytes(), new Asn1Tag(TagClass.ContextSpecific, 7));
            }
            return writer.Encode();
        }
    }
}
