using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.Rest;
using GrpcCreds.Server.Salesforce.Soap;
using GrpcCreds.Server.Tenants.Model;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

/// <summary>If the operator has set a proxy, every https call goes through it and nothing else.</summary>
public sealed class ProxyTests : SalesforceTest
{
    private const string ProxyPassword = "pr0xy-canary";

    // The proxy resolves the target's name: only the proxy's own name is looked up here.
    private readonly ConcurrentQueue<string> resolved = new();

    [Fact]
    public async Task A_call_is_tunnelled_and_the_proxy_sees_no_more_than_the_host()
    {
        using var proxy = new Proxy();
        var verdict = await LoginAsync(Through(proxy));
        // Its certificate is not trusted, so nothing was sent through the tunnel.
        Fails(verdict, FailureClass.Unavailable);
        Assert.StartsWith("CONNECT login.salesforce.com:443 HTTP/1.1\r\n", Assert.Single(proxy.Requests), StringComparison.Ordinal);
        Assert.Equal(["proxy.example.test"], resolved.Distinct());
        Assert.Equal("login.salesforce.com", proxy.TlsHost);
    }

    [Fact]
    public async Task The_allow_list_counts_before_the_proxy_is_asked()
    {
        using var proxy = new Proxy();
        var client = Through(proxy);
        var check = await client.CheckSessionAsync(await SessionAsync() with { InstanceUrl = "https://evil.example" }, CancellationToken.None);
        Assert.Equal((Liveness.HostLost, FailureClass.ServiceConfiguration), (check.Liveness, check.Failure!.Class));
        Assert.Empty(proxy.Requests);
        Assert.Empty(resolved);
    }

    [Fact]
    public async Task Who_this_service_is_is_told_when_the_proxy_asks()
    {
        using var proxy = new Proxy { Authorization = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"service:{ProxyPassword}")) };
        Fails(await LoginAsync(Through(proxy, ("service", ProxyPassword))), FailureClass.Unavailable);
        Assert.Equal("login.salesforce.com", proxy.TlsHost);
        Assert.Equal(2, proxy.Requests.Count);
    }

    [Theory]
    [InlineData(403)]
    [InlineData(407)]
    [InlineData(502)]
    public async Task A_proxy_that_refuses_is_named_and_nothing_was_sent(int status)
    {
        using var proxy = new Proxy { Status = status };
        var failure = Fails(await LoginAsync(Through(proxy, ("service", "wrong-canary"))), FailureClass.Unavailable);
        Assert.Contains("Salesforce:Proxy", failure.Advice, StringComparison.Ordinal);
        var check = await Through(proxy)
            .CheckSessionAsync(await SessionAsync() with { InstanceUrl = "https://acme.my.salesforce.com" }, CancellationToken.None);
        Assert.Equal((Liveness.Unclear, true), (check.Liveness, check.Failure!.Advice.Contains("Salesforce:Proxy", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_proxy_that_is_not_there_leaves_nothing_sent()
    {
        var proxy = new Proxy();
        proxy.Dispose();
        Fails(await LoginAsync(Through(proxy)), FailureClass.Unavailable);
    }

    [Fact]
    public async Task A_simulator_is_reached_without_it()
    {
        using var proxy = new Proxy();
        var options = Options();
        options.Proxy = proxy.Url;
        Assert.Null((await LoginAsync(Client(options))).Failure);
        Assert.Empty(proxy.Requests);
    }

    private SalesforceClient Through(Proxy proxy, (string User, string Password)? login = null) => Client(
        new SalesforceOptions { Proxy = proxy.Url, ProxyUser = login?.User, ProxyPassword = login is { } known ? new Secret(known.Password) : null },
        Deliveries.Short,
        (host, _) =>
        {
            resolved.Enqueue(host);
            return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        });

    /// <summary>A proxy that terminates the tunnel itself, with an untrusted certificate.</summary>
    private sealed class Proxy : IDisposable
    {
        private readonly TcpListener listener = Listen();
        private readonly X509Certificate2 certificate = Certificate();

        public Proxy() => _ = ServeAsync();

        public Uri Url => new($"http://proxy.example.test:{((IPEndPoint)listener.LocalEndpoint).Port}");

        public int Status { get; init; } = 200;

        public string? Authorization { get; init; }

        public ConcurrentQueue<string> Requests { get; } = new();

        public string? TlsHost { get; private set; }

        public void Dispose()
        {
            listener.Dispose();
            certificate.Dispose();
        }

        private async Task ServeAsync()
        {
            try
            {
                while (true)
                    _ = AnswerAsync(await listener.AcceptTcpClientAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using var _ = client;
            var stream = client.GetStream();
            var request = "";
            for (var buffer = new byte[4096]; !request.EndsWith("\r\n\r\n", StringComparison.Ordinal);)
            {
                var read = await stream.ReadAsync(buffer);
                if (read == 0)
                    return;
                request += Encoding.ASCII.GetString(buffer, 0, read);
            }
            Requests.Enqueue(request);
            var status = Authorization is null || request.Contains($"Proxy-Authorization: {Authorization}\r\n", StringComparison.Ordinal) ? Status : 407;
            await stream.WriteAsync(Encoding.ASCII.GetBytes(status == 200
                ? "HTTP/1.1 200 Connection established\r\n\r\n"
                : $"HTTP/1.1 {status} No\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            if (status != 200)
                return;
            try
            {
                await using var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync((_, hello, _, _) =>
                {
                    TlsHost = hello.ServerName;
                    return ValueTask.FromResult(new SslServerAuthenticationOptions { ServerCertificate = certificate });
                }, null, CancellationToken.None);
                await tls.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
            }
            catch (Exception e) when (e is System.Security.Authentication.AuthenticationException or IOException)
            {
                // The client has found out.
            }
        }

        private static X509Certificate2 Certificate()
        {
            using var key = RSA.Create(2048);
            var request = new CertificateRequest("CN=login.salesforce.com", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
            return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        }
    }
}
