using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>Decides whether the certificate of a connection is believed, by the authorities of now.</summary>
internal sealed class ClientCertificates(CallerFiles files, IOptions<CallersOptions> options, TimeProvider clock)
{
    /// <summary>Under which a connection keeps its peer's certificate.</summary>
    public static readonly object ItemKey = new();

    /// <summary>Whether a client is asked for one at all.</summary>
    public bool AreAsked => files.Authorities is not null;

    /// <summary>How the platform looks at a certificate during the handshake.</summary>
    public System.Security.Cryptography.X509Certificates.X509ChainPolicy Policy() => files.Authorities!.Value.Policy(clock.GetUtcNow().UtcDateTime);

    public PeerCertificate.Verdict Judge(PeerCertificate peer) => peer.Judge(files.Authorities!.Value, options.Value.Certificates.TrustDomain, clock.GetUtcNow());
}
