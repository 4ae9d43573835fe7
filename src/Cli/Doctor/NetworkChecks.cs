using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Cli.Connection;
using GrpcCreds.Cli.Output;

namespace GrpcCreds.Cli.Doctor;

/// <summary>The way to the service below gRPC: name, proxy, port, TLS and its expiry, HTTP/2.</summary>
internal static class NetworkChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(14);

    /// <summary>Ends at the first fault, because what follows would only repeat it.</summary>
    public static async IAsyncEnumerable<Finding> RunAsync(Target target)
    {
        yield return Finding.Good("address", $"{target.Address.GetLeftPart(UriPartial.Authority)}, from {target.Origin}");
        if (Proxy(target) is { } proxy)
        {
            // The name and the port are the proxy's business.
            yield return Finding.Warn("proxy", $"calls go through {proxy.Authority}", $"If HTTP/2 fails, add {target.Address.Host} to NO_PROXY.");
            yield break;
        }
        var (dns, addresses) = await ResolveAsync(target);
        yield return dns;
        if (addresses.Length == 0)
            yield break;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        var port = await ConnectAsync(socket, target, addresses);
        yield return port;
        if (port.Outcome == FindingOutcome.Ok && target.Address.Scheme == Uri.UriSchemeHttps)
            await foreach (var finding in TlsAsync(socket, target))
                yield return finding;
    }

    private static Uri? Proxy(Target target) =>
        target.IsLoopback || HttpClient.DefaultProxy.IsBypassed(target.Address) ? null : HttpClient.DefaultProxy.GetProxy(target.Address);

    private static async Task<(Finding Finding, IPAddress[] Addresses)> ResolveAsync(Target target)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            var addresses = await Dns.GetHostAddressesAsync(target.Address.DnsSafeHost, limit.Token);
            return (Finding.Good("dns", $"{target.Address.Host} is {string.Join(", ", addresses.Select(address => address.ToString()))}"), addresses);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            var why = e is SocketException ? e.Message : "the name server does not answer";
            return (Finding.Bad(
                "dns", $"{target.Address.Host} has no address: {why}", "Correct the host in the address, or the name server of this machine."), []);
        }
    }

    private static async Task<Finding> ConnectAsync(Socket socket, Target target, IPAddress[] addresses)
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            var started = Stopwatch.GetTimestamp();
            await socket.ConnectAsync(addresses, target.Address.Port, limit.Token);
            return Finding.Good("port", $"{target.Address.Port} accepts connections, after {Milliseconds(started)}");
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            var why = e is SocketException { SocketErrorCode: SocketError.ConnectionRefused } ? "nobody listens there" : "no answer";
            return Finding.Bad(
                "port",
                $"{target.Address.Port}: {why}",
                "Is the service running? Its log says where it listens for gRPC (Listen:Grpc). Else ask who runs the firewall.");
        }
    }

    private static async IAsyncEnumerable<Finding> TlsAsync(Socket socket, Target target)
    {
        X509Certificate2? certificate = null;
        var problem = "";
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = target.Address.Host,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            CertificateChainPolicy = target.Settings.AuthoritiesFile is { } file ? Target.TrustOnly(file) : null,
            RemoteCertificateValidationCallback = (_, remote, chain, errors) =>
            {
                certificate = remote is null ? null : X509CertificateLoader.LoadCertificate(remote.GetRawCertData());
                problem = errors == SslPolicyErrors.None ? "" : Problem(errors, chain);
                return problem.Length == 0;
            },
        };
        using var limit = new CancellationTokenSource(Patience);
        await using var tls = new SslStream(new NetworkStream(socket));
        Finding? fault = null;
        try
        {
            await tls.AuthenticateAsClientAsync(options, limit.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            fault = problem.Length > 0
                ? Finding.Bad(
                    "tls",
                    $"the certificate is not trusted: {problem}",
                    "Set the context's --authorities-file to the PEM of its authority, or correct the host.")
                : Finding.Bad(
                    "tls", $"the handshake failed: {e.Message}", "Is this the gRPC port, and does it have TLS? For a service without TLS use http://.");
        }
        yield return fault ?? Finding.Good("tls", $"{tls.SslProtocol}, trusted, {certificate?.Subject}");
        if (certificate is null)
            yield break;
        var left = certificate.NotAfter.ToUniversalTime() - DateTime.UtcNow;
        var ends = $"the certificate ends {certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture)}";
        yield return left < TimeSpan.Zero ? Finding.Bad("expiry", ends, "Renew the certificate of the service.")
            : left < ExpiresSoon ? Finding.Warn("expiry", $"{ends}, in {Names.Length(left)}", "Renew the certificate of the service.")
            : Finding.Good("expiry", $"{ends}, in {Names.Length(left)}");
        certificate.Dispose();
        if (fault is null)
            yield return tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2
                ? Finding.Good("http/2", "offered by the other end (ALPN h2)")
                : Finding.Bad("http/2", "the other end does not offer HTTP/2", "A proxy or load balancer stands between: let it pass HTTP/2 (gRPC) through.");
    }

    private static string Problem(SslPolicyErrors errors, X509Chain? chain) => errors switch
    {
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable) => "there is none",
        _ when errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) => "it is for another host",
        _ => string.Join(", ", (chain?.ChainStatus ?? []).Select(status => status.StatusInformation.TrimEnd('.', ' ')).Distinct()),
    };

    public static string Milliseconds(long started) =>
        $"{Stopwatch.GetElapsedTime(started).TotalMilliseconds.ToString("0.0", CultureInfo.InvariantCulture)} ms";
}
