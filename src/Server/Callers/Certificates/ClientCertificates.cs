using GrpcCreds.Server.Configuration;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>Decides whether a connection's certificate is trusted, by the current authorities.</summary>
internal sealed class ClientCertificates(Reloaded<Authorities>? authorities, CertificatesOptions options, TimeProvider clock)
{
    /// <summary>The key under which a connection stores its peer's certificate.</summary>
    public static readonly object ItemKey = new();

    /// <summary>Whether clients are asked for a certificate.</summary>
    public bool AreAsked => authorities is not null;

    /// <summary>The policy by which the platform checks a certificate during the handshake.</summary>
    public System.Security.Cryptography.X509Certificates.X509ChainPolicy Policy() => authorities!.Value.Policy(clock.GetUtcNow().UtcDateTime);

    public PeerCertificate.Verdict Judge(PeerCertificate peer) => peer.Judge(authorities!.Value, options.TrustDomain, clock.GetUtcNow());
}
