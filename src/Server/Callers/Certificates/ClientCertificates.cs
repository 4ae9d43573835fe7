using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>Decides whether the certificate of a connection is believed, by the authorities of now.</summary>
internal sealed class ClientCertificates(Reloaded<Authorities>? authorities, CertificatesOptions options, TimeProvider clock)
{
    /// <summary>Under which a connection keeps its peer's certificate.</summary>
    public static readonly object ItemKey = new();

    /// <summary>Whether a client is asked for one at all.</summary>
    public bool AreAsked => authorities is not null;

    /// <summary>How the platform looks at a certificate during the handshake.</summary>
    public System.Security.Cryptography.X509Certificates.X509ChainPolicy Policy() => authorities!.Value.Policy(clock.GetUtcNow().UtcDateTime);

    public PeerCertificate.Verdict Judge(PeerCertificate peer) => peer.Judge(authorities!.Value, options.TrustDomain, clock.GetUtcNow());
}
