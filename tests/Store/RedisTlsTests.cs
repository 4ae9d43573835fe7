using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>TLS to a Redis whose certificate an authority of the operator's own has issued.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly Pki first = new("First authority");
    private readonly Pki second = new("Second authority");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Authorities => Path.Combine(directory.Path, "authorities.pem");

    private string Certificate => Path.Combine(directory.Path, "certificate.pem");

    private string Key => Path.Combine(directory.Path, "key.pem");

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task The_authorities_of_the_file_are_trusted_and_a_replaced_file_is_used()
    {
        var port = FreePort();
        await using var redis = await StartAsync(port);
        Trust(first);
        await using var stores = new OpenStores();
        var store = await stores.OpenAsync($"127.0.0.1:{port},ssl=true", signIn: new() { AuthoritiesFile = Authorities });
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(RedisFaultTests.NewCommit(1, 0), Token));

        Issue(second);
        await redis.RestartAsync();
        Assert.Contains("certificate that is not trusted", (await CauseAsync(port))!, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.CheckAsync(Token));
        Trust(second);
        Assert.Null(await CauseAsync(port));
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    return await store.CommitAsync(RedisFaultTests.NewCommit(2, 1), Token) is not null;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the new authority is trusted");
        Assert.Null(await store.CheckAsync(Token));
    }

    [Fact]
    public async Task No_other_authority_is_trusted_and_no_other_name()
    {
        var port = FreePort();
        await using var redis = await StartAsync(port);
        Trust(second);
        Assert.Contains("certificate that is not trusted", (await CauseAsync(port))!, StringComparison.Ordinal);
        Trust(first);
        Assert.Null(await CauseAsync(port));
        Assert.Contains("not issued for this name", (await CauseAsync(port, ",sslHost=other.example"))!, StringComparison.Ordinal);
        Assert.Contains("does it require TLS (ssl=true)", (await CauseAsync(port, ssl: false))!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no certificate", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("", true)]
    public void A_file_of_no_use_is_refused(string? content, bool isOpenToAll)
    {
        if (isOpenToAll && OperatingSystem.IsWindows())
            return;
        if (isOpenToAll)
            Trust(first);
        else if (content is not null)
            File.WriteAllText(Authorities, content);
        if (isOpenToAll && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(Authorities, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        var refused = Assert.Throws<StoreRefusedException>(() =>
            RedisSettings.Parse("127.0.0.1:1,ssl=true", new StoreOptions(), new() { AuthoritiesFile = Authorities }));
        Assert.Equal(StoreReason.Misconfigured, refused.Reason);
        Assert.Contains("Redis:AuthoritiesFile: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void While_the_file_is_being_replaced_the_last_authorities_are_trusted()
    {
        Trust(first);
        var authorities = new RedisAuthorities(Authorities);
        File.WriteAllText(Authorities, "");
        Assert.Single(authorities.For("redis.example").CertificateChainPolicy!.CustomTrustStore);
        File.Delete(Authorities);
        Assert.Equal(X509ChainTrustMode.CustomRootTrust, authorities.For("redis.example").CertificateChainPolicy!.TrustMode);
        Trust(second);
        var trusted = Assert.Single(authorities.For("redis.example").CertificateChainPolicy!.CustomTrustStore);
        Assert.Equal(second.Root.Thumbprint, trusted.Thumbprint);
    }

    private async Task<string?> CauseAsync(int port, string more = "", bool ssl = true)
    {
        var target = RedisSettings.Parse(
            $"127.0.0.1:{port}{(ssl ? ",ssl=true" : "")}{more}", new StoreOptions(), new() { AuthoritiesFile = Authorities });
        return (await RedisProbe.RunAsync(target.Redis, target.Named[0], isSentinel: false, Token))?.Cause;
    }

    private Task<RedisServer> StartAsync(int port)
    {
        Issue(first);
        return RedisServer.StartAsync(
            "--tls-port", $"{port}", "--tls-cert-file", Certificate, "--tls-key-file", Key, "--tls-ca-cert-file", Certificate, "--tls-auth-clients", "no");
    }

    private void Issue(Pki authority)
    {
        using var certificate = authority.Server();
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(Key, key.ExportPkcs8PrivateKeyPem());
    }

    private void Trust(Pki authority) => File.WriteAllText(Authorities, authority.Root.ExportCertificatePem());

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
