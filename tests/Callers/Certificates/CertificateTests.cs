using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Grpc.Core;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers.Certificates;

public sealed class CertificateTests : IAsyncLifetime
{
    private CallersWorld? world;

    private CallersWorld World => world!;

    public async ValueTask InitializeAsync() => world = await CallersWorld.StartAsync();

    public async ValueTask DisposeAsync() => await World.DisposeAsync();

    private static readonly Dictionary<string, (Action<Pki.Wishes> Wish, string Why)> Bad = new()
    {
        ["expired"] = (leaf => leaf.NotAfter = DateTimeOffset.UtcNow.AddMinutes(-1), "NotTimeValid"),
        ["not yet valid"] = (leaf => leaf.NotBefore = DateTimeOffset.UtcNow.AddHours(1), "NotTimeValid"),
        ["two URIs"] = (leaf => leaf.Uris = [.. leaf.Uris, "spiffe://example.org/other"], "more than one URI"),
        ["the same URI twice"] = (leaf => leaf.Uris = [.. leaf.Uris, .. leaf.Uris], "more than one URI"),
        ["an authority"] = (leaf => leaf.IsAuthority = true, "CA:true"),
        ["another trust domain"] = (leaf => leaf.Uris = ["spiffe://example.com/node"], "another trust domain"),
        ["a trust domain that begins alike"] = (leaf => leaf.Uris = ["spiffe://example.org.evil/node"], "another trust domain"),
        ["may sign certificates"] = (leaf => leaf.Usage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign, "may sign certificates"),
        ["may sign revocations"] = (leaf => leaf.Usage = X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.CrlSign, "may sign certificates"),
        ["no key usage"] = (leaf => leaf.Usage = null, "not digitalSignature"),
        ["may not sign"] = (leaf => leaf.Usage = X509KeyUsageFlags.KeyEncipherment, "not digitalSignature"),
        ["a server's"] = (leaf => leaf.Purposes = ["1.3.6.1.5.5.7.3.1"], "not for client authentication"),
        ["no path"] = (leaf => leaf.Uris = ["spiffe://example.org"], "not a SPIFFE ID"),
        ["an empty path"] = (leaf => leaf.Uris = ["spiffe://example.org/"], "not a SPIFFE ID"),
        ["a path that climbs"] = (leaf => leaf.Uris = ["spiffe://example.org/a/../node"], "not a SPIFFE ID"),
        ["a path that ends in a slash"] = (leaf => leaf.Uris = ["spiffe://example.org/node/"], "not a SPIFFE ID"),
        ["a query"] = (leaf => leaf.Uris = ["spiffe://example.org/node?x"], "not a SPIFFE ID"),
        ["a port"] = (leaf => leaf.Uris = ["spiffe://example.org:443/node"], "not a SPIFFE ID"),
        ["a user"] = (leaf => leaf.Uris = ["spiffe://example.org@evil.test/node"], "not a SPIFFE ID"),
        ["capitals"] = (leaf => leaf.Uris = ["SPIFFE://EXAMPLE.ORG/node"], "not a SPIFFE ID"),
        ["percent-encoded"] = (leaf => leaf.Uris = ["spiffe://example.org/n%6Fde"], "not a SPIFFE ID"),
        ["a NUL"] = (leaf => leaf.Uris = ["spiffe://example.org/node\0.evil"], "not a SPIFFE ID"),
        ["another scheme"] = (leaf => leaf.Uris = ["https://example.org/node"], "not a SPIFFE ID"),
        ["a name with something behind it"] = (leaf => leaf.RawNames = [0x30, 0x00, 0x05, 0x00], "cannot be read"),
        ["another workload"] = (leaf => leaf.Uris = ["spiffe://example.org/node2"], "no caller has the certificate URI spiffe://example.org/node2"),
        ["another letter case"] = (leaf => leaf.Uris = ["spiffe://example.org/Node"], "no caller has the certificate"),
        // Named by its URI, whatever its subject says.
        ["a known subject beside a URI"] =
            (leaf => (leaf.Subject, leaf.Uris) = ("CN=ann, O=Example", ["spiffe://example.org/x"]), "no caller has the certificate URI"),
        ["another subject"] = (leaf => (leaf.Subject, leaf.Uris) = ("CN=ann", []), "no caller has the certificate subject CN=ann"),
        ["a subject in another order"] = (leaf => (leaf.Subject, leaf.Uris) = ("O=Example, CN=ann", []), "no caller has the certificate subject"),
        ["a subject that quotes"] = (leaf => (leaf.Subject, leaf.Uris) = ("CN=\"ann, O=Example\"", []), "no caller has the certificate subject"),
        ["nobody's"] = (leaf => (leaf.Subject, leaf.Uris) = ("", []), "it has neither a URI nor a subject"),
    };

    public static TheoryData<string> BadOnes => [.. Bad.Keys];

    [Theory, MemberData(nameof(BadOnes))]
    public async Task A_bad_certificate_is_nobodys(string name)
    {
        var (wish, why) = Bad[name];
        await World.IsNobodyAsync(World.WithCertificate(World.Pki.Leaf(wish)), why);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task A_good_certificate_is_its_callers(SslProtocols version)
    {
        var handler = World.Handler(World.Pki.Leaf());
        handler.SslOptions.EnabledSslProtocols = version;
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(World.Service.Grpc, new() { HttpHandler = handler, DisposeHttpClient = true });
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        Assert.NotNull((await client.GetActiveCredentialAsync(new() { TenantId = CallersWorld.Own })).Unavailable);
        await client.GetActiveCredentialAsync(new() { TenantId = "globex" }).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
        await client.GetCredentialStatusAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task A_certificate_without_a_URI_is_named_by_its_subject()
    {
        var client = World.WithCertificate(World.Pki.Leaf(leaf => (leaf.Subject, leaf.Uris) = ("CN=ann, O=Example", [])));
        Assert.Equal(Availability.NotConfigured, (await client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task An_intermediate_authority_is_followed_and_a_leaf_is_none()
    {
        var intermediate = World.Pki.Authority("Intermediate", World.Pki.Root);
        var client = World.WithCertificate(World.Pki.Leaf(issuer: intermediate), intermediate);
        Assert.NotNull((await client.GetActiveCredentialAsync(new() { TenantId = CallersWorld.Own })).Unavailable);

        var leaf = World.Pki.Leaf();
        await World.IsNobodyAsync(World.WithCertificate(World.Pki.Leaf(issuer: leaf), leaf), "does not lead to an authority");
        await World.IsNobodyAsync(World.WithCertificate(World.Pki.Leaf(issuer: intermediate)), "PartialChain");
    }

    [Fact]
    public async Task No_authority_but_the_configured_ones_is_believed()
    {
        using var other = new Pki();
        await World.IsNobodyAsync(World.WithCertificate(other.Leaf()), "does not lead to an authority");
        await World.IsNobodyAsync(World.WithCertificate(other.Leaf(), other.Root), "does not lead to an authority");
    }

    [Fact]
    public async Task A_header_decides_even_where_the_certificate_is_good()
    {
        var client = World.WithCertificate(World.Pki.Leaf());
        await client.GetActiveCredentialAsync(new() { TenantId = CallersWorld.Own }, new Metadata { { "authorization", "Bearer nonsense" } })
            .FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_stream_ends_with_its_certificate()
    {
        using var watch = World.WithCertificate(World.Pki.Leaf(leaf => leaf.NotAfter = DateTimeOffset.UtcNow.AddMinutes(10)))
            .WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        await World.Service.AdvanceAsync("00:10:01");
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false));
        error.Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task An_authority_that_is_taken_out_ends_the_streams_of_its_certificates()
    {
        var client = World.WithCertificate(World.Pki.Leaf());
        using var watch = client.WatchActiveCredential(Calls.Watch());
        await watch.ResponseStream.NextAsync(message => message.Synced is not null);
        using var other = new Pki("Another authority");
        await World.ReplaceAsync("ca.pem", other.Root.ExportCertificatePem(), "authorities");
        var error = await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.NextAsync(_ => false));
        error.Is(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        // On the same connection.
        await client.GetActiveCredentialAsync(new() { TenantId = CallersWorld.Own }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
    }

    [Fact]
    public async Task A_renewed_certificate_of_the_service_is_shown_to_new_connections()
    {
        var renewed = World.Pki.Server();
        await World.ReplaceAsync("service.key", renewed.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(), "certificate");
        // A key that does not fit: what there was stays, and health says so.
        World.Service.ExpectedErrors = error => error.Id == 122;
        Assert.NotEqual(renewed.Thumbprint, await ShownAsync());
        await World.ReplaceAsync("service.pem", renewed.ExportCertificatePem(), "certificate");
        Assert.Equal(renewed.Thumbprint, await ShownAsync());
    }

    [Fact]
    public void A_weak_key_a_weak_signature_and_a_broken_name_are_not_accepted()
    {
        using var weak = RSA.Create(1024);
        var request = new CertificateRequest("CN=ann", weak, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        using var tooShort = request.CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Assert.Null(LeafRules.Identify(tooShort, Pki.TrustDomain, out var problem));
        Assert.Contains("too short", problem, StringComparison.Ordinal);

        using var sha1 = World.Pki.Leaf(leaf => leaf.Hash = HashAlgorithmName.SHA1);
        Assert.Null(LeafRules.Identify(sha1, Pki.TrustDomain, out problem));
        Assert.Contains("algorithm is broken", problem, StringComparison.Ordinal);

        // With this one not even the handshake comes about.
        using var broken = World.Pki.Leaf(leaf => leaf.RawNames = [0x30, 0x05, 0x86]);
        Assert.Null(LeafRules.Identify(broken, Pki.TrustDomain, out problem));
        Assert.Contains("cannot be read", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void A_file_that_holds_no_authority_is_refused(string content) =>
        Assert.Throws<FileException>(() => new Authorities(Encoding.UTF8.GetBytes(content)));

    [Fact]
    public void A_leaf_is_no_authority() =>
        Assert.Throws<FileException>(() => new Authorities(Encoding.UTF8.GetBytes(World.Pki.Leaf().ExportCertificatePem())));

    private async Task<string> ShownAsync()
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(World.Service.Grpc.Host, World.Service.Grpc.Port, TestContext.Current.CancellationToken);
#pragma warning disable CA5359 // Only looked at.
        await using var tls = new System.Net.Security.SslStream(socket.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
        await tls.AuthenticateAsClientAsync(new System.Net.Security.SslClientAuthenticationOptions
            { TargetHost = "localhost", ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http2] });
        return tls.RemoteCertificate!.GetCertHashString();
    }
}
