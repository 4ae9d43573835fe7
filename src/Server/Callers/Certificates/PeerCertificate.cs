using System.Security.Cryptography.X509Certificates;

namespace GrpcCreds.Server.Callers.Certificates;

/// <summary>
/// The certificate that came with a connection, and what lay between it and its authority. TLS has proved that the peer has its key; whether
/// it is believed is decided here, again whenever the authorities change.
/// </summary>
internal sealed class PeerCertificate
{
    /// <summary>More than any sane hierarchy has.</summary>
    private const int MaxIntermediates = 8;

    private readonly Lock gate = new();
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

    /// <summary>Whom it names and until when, or why it is not believed and until when that is so.</summary>
    public sealed record Verdict(Authorities By, CertificateIdentity? Identity, DateTimeOffset Ends, string Problem);

    public Verdict Judge(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        if (Known(authorities, now) is { } known)
            return known;
        // Once, however many calls ask at the same time: a chain can be made costly to look at.
        lock (gate)
        {
            if (Known(authorities, now) is { } meanwhile)
                return meanwhile;
            var decided = Decide(authorities, trustDomain, now);
            Volatile.Write(ref verdict, decided);
            return decided;
        }
    }

    /// <summary>What to log of one that is not in the table.</summary>
    public static string Describe(CertificateIdentity identity) => $"{(identity.IsUri ? "URI" : "subject")} {Printable.Of(identity.Name)}";

    // An accepted one ends by itself; one that was refused stays so, unless it was only too young.
    private Verdict? Known(Authorities authorities, DateTimeOffset now) =>
        Volatile.Read(ref verdict) is not { } last || last.By != authorities ? null
        : last.Ends > now ? last
        : last.Identity is null ? null
        : last with { Identity = null, Problem = "it has expired" };

    // When a part of it, or of what lay between, begins to count; never if all have.
    private DateTimeOffset Begins(X509Chain chain, DateTimeOffset now) => chain.ChainElements.Select(element => element.Certificate).Concat(intermediates).Append(leaf)
        .Select(certificate => (DateTimeOffset)certificate.NotBefore.ToUniversalTime()).Where(begin => begin > now).DefaultIfEmpty(DateTimeOffset.MaxValue).Min();

    private Verdict Decide(Authorities authorities, string? trustDomain, DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = authorities.Policy(now.UtcDateTime) };
        chain.ChainPolicy.ExtraStore.AddRange(intermediates);
        if (!chain.Build(leaf))
            return new(authorities, null, Begins(chain, now), $"it does not lead to an authority of Callers:Certificates:AuthoritiesFile ({string.Join(", ", chain.ChainStatus.Select(status => status.Status))})");
        var identity = LeafRules.Identify(leaf, trustDomain, out var problem);
        return new(authorities, identity, identity is null ? DateTimeOffset.MaxValue : chain.ChainElements.Min(element => element.Certificate.NotAfter.ToUniversalTime()), problem);
    }
}
