using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>
/// The peer's certificate of a connection, with the intermediate certificates that came with it. TLS has proved that the peer has its private key; whether
/// the certificate is trusted is decided here, and again whenever the authorities change.
/// </summary>
internal sealed class PeerCertificate
{
    /// <summary>More than any real hierarchy has.</summary>
    private const int MaxIntermediates = 8;

    private readonly Lock gate = new();
    private readonly X509Certificate2 leaf;
    private readonly X509Certificate2Collection intermediates = [];
    private Verdict? verdict;

    public PeerCertificate(X509Certificate certificate, X509Chain? chain)
    {
        leaf = X509CertificateLoader.LoadCertificate(certificate.GetRawCertData());
        // Copies: the originals are disposed of after the handshake.
        foreach (var intermediate in chain?.ChainPolicy.ExtraStore.Take(MaxIntermediates) ?? [])
            intermediates.Add(X509CertificateLoader.LoadCertificate(intermediate.RawData));
    }

    /// <summary>The identity and until when it is valid, or why the certificate is rejected and until when that result holds.</summary>
    public sealed record Verdict(Authorities By, CertificateIdentity? Identity, DateTimeOffset Ends, string Problem);

    public Verdict Judge(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        if (Known(authorities, now) is { } known)
            return known;
        // Only one call decides, however many ask at the same time: checking a chain can be made expensive.
        lock (gate)
        {
            if (Known(authorities, now) is { } meanwhile)
                return meanwhile;
            var decided = Decide(authorities, trustDomain, now);
            Volatile.Write(ref verdict, decided);
            return decided;
        }
    }

    /// <summary>The text to log for an identity that is not in the table.</summary>
    public static string Describe(CertificateIdentity identity) => $"{(identity.IsUri ? "URI" : "subject")} {Printable.Of(identity.Name)}";

    // An accepted certificate expires; a rejected one remains rejected, unless it was only not valid yet.
    private Verdict? Known(Authorities authorities, DateTimeOffset now) =>
        Volatile.Read(ref verdict) is not { } last || last.By != authorities ? null
        : last.Ends > now ? last
        : last.Identity is null ? null
        : last with { Identity = null, Problem = "it has expired" };

    // When the next certificate of the chain or of the intermediates becomes valid; never if all are valid already.
    private DateTimeOffset Begins(X509Chain chain, DateTimeOffset now) =>
        chain.ChainElements.Select(element => element.Certificate).Concat(intermediates).Append(leaf)
            .Select(certificate => (DateTimeOffset)certificate.NotBefore.ToUniversalTime())
            .Where(begin => begin > now).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    private Verdict Decide(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy(now.UtcDateTime) };
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (!chain.Build(leaf))
            return new(
                authorities, null, Begins(chain, now),
                "it does not lead to an authority of Callers:Certificates:AuthoritiesFile "
                + $"({string.Join(", ", chain.ChainStatus.Select(status => status.Status))})");
        var identity = LeafRules.Identify(leaf, trustDomain, out var problem);
        var ends = identity is null ? DateTimeOffset.MaxValue : chain.ChainElements.Min(element => element.Certificate.NotAfter.ToUniversalTime());
        return new(authorities, identity, ends, problem);
    }
}
