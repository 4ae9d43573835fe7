using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using KestrelListenOptions = Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// The service's TLS. Each new connection uses the current certificate, so a renewed one needs no restart. The handshake accepts any client
/// certificate; each call then decides whether to trust it, because the call's error can report a refusal.
/// </summary>
internal sealed class ServerTls(ClientCertificates clients, IOptions<TlsOptions> tls, IOptions<LimitsOptions> limits)
{
    /// <summary>The service's certificate and its key, read again when their files change; null if no settings name them.</summary>
    /// <exception cref="FileException">They cannot be used.</exception>
    public Reloaded<SslStreamCertificateContext>? Certificate { get; } = tls.Value is { CertificateFile: { } certificate, KeyFile: { } key }
        ? new("certificate", [new("Tls:CertificateFile", certificate), new("Tls:KeyFile", key, IsSecret: true)], pem => Parse(pem[0], pem[1]))
        : null;

    /// <exception cref="FileException">They are not a certificate and its key.</exception>
    public static SslStreamCertificateContext Parse(byte[] certificatePem, byte[] keyPem)
    {
        try
        {
            var pem = Encoding.UTF8.GetString(certificatePem);
            var leaf = X509Certificate2.CreateFromPem(pem, Encoding.UTF8.GetString(keyPem));
            var others = new X509Certificate2Collection();
            others.ImportFromPem(pem);
            others.RemoveAt(0);
            // Offline: the file contains the intermediate certificates, and none are fetched.
            return SslStreamCertificateContext.Create(leaf, others, offline: true);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new FileException("they must be a PEM certificate and its unencrypted PEM private key");
        }
    }

    /// <summary>Serves an endpoint with TLS, if there is a certificate.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="forCallers">Whether clients are asked for a certificate.</param>
    public void Use(KestrelListenOptions endpoint, bool forCallers)
    {
        if (Certificate is not { } certificate)
            return;
        endpoint.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = limits.Value.FirstCallWithin,
            OnConnection = connection => ValueTask.FromResult(Options(certificate.Value, connection, forCallers && clients.AreAsked)),
        });
    }

    private SslServerAuthenticationOptions Options(SslStreamCertificateContext certificate, TlsHandshakeCallbackContext connection, bool asksForCertificate)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            // A resumed session carries no new proof of identity, and connections are long-lived, so resumption gains little.
            AllowTlsResume = false,
        };
        if (!asksForCertificate)
            return options;
        options.ClientCertificateRequired = true;
        // Without this policy the platform would fetch the URLs in an untrusted certificate.
        options.CertificateChainPolicy = clients.Policy();
#pragma warning disable CA5359 // ClientCertificates checks it at every call: a failed handshake cannot report why.
        options.RemoteCertificateValidationCallback = (_, peer, chain, _) =>
        {
            if (peer is not null)
                connection.Connection.Items[ClientCertificates.ItemKey] = new PeerCertificate(peer, chain);
            return true;
        };
#pragma warning restore CA5359
        return options;
    }
}
