using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// The certificate that came with a connection, and what lay between it and its authority. TLS has proved that the peer has its key; whether
/// it is believed is decided here, again whenever the authorities change.
/// </summary>
internal sealed class PeerCertificate
{
    /// <summary>More than any sane hierarchy has.</summary>
    private const int MaxIntermediates = 8;

    private readonly X509Certificate2 leaf;
    private readonly X509Certificate2Collection intermediates = [];
    private Verdict? verdict;

    public PeerCertificate(X509Certificate certificate, X509Chain? chain)
    {
        leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        // Copies: what the handshake holds goes with it.
        foreach (var intermediate in chain?.ChainPolicy.ExtraStore.Take(MaxIntermediates) ?? [])
            intermediates.Add(X509CertificateLoader.LoadCertificate(intermediate.RawData));
    }

    /// <summary>Whom it names and until when, or why it is not believed.</summary>
    public sealed record Verdict(Authorities By, CertificateIdentity? Identity, DateTimeOffset Ends, string Problem);

    public Verdict Judge(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        var last = Volatile.Read(ref verdict);
        // An accepted one ends by itself; a refused one may only be too young.
        if (last is { Identity: not null } && last.By == authorities)
            return last.Ends > now ? last : last with { Identity = null, Problem = "it has expired" };
        last = Decide(authorities, trustDomain, now);
        Volatile.Write(ref verdict, last);
        return last;
    }

    /// <summary>What to log of one that is not in the table.</summary>
    public static string Describe(CertificateIdentity identity) => $"{(identity.IsUri ? "URI" : "subject")} {Printable.Of(identity.Name)}";

    private Verdict Decide(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy(now.UtcDateTime) };
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (!chain.Build(leaf))
            return new(authorities, null, now, $"it does not lead to an authority of Callers:Certificates:AuthoritiesFile ({string.Join(", ", chain.ChainStatus.Select(status => status.Status))})");
        var identity = LeafRules.Identify(leaf, trustDomain, out var problem);
        return new(authorities, identity, chain.ChainElements.Min(element => element.Certificate.NotAfter.ToUniversalTime()), problem);
    }
}
