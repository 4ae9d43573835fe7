using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Callers;

/// <summary>The commands of docs/access-control.md work as written.</summary>
public sealed partial class AccessControlDocsTests
{
    [Fact]
    public async Task The_commands_for_certificates_keys_table_and_token_lead_to_a_service_that_answers()
    {
        foreach (var tool in new[] { "openssl", "base64" })
            Tools.Need(tool);
        using var directory = new TemporaryDirectory();
        var page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "docs", "access-control.md"), TestContext.Current.CancellationToken);
        string Block(string marker) =>
            Fence().Matches(page).Select(block => block.Groups["text"].Value).Single(block => block.Contains(marker, StringComparison.Ordinal));
        await RunAsync(directory, Block("openssl req -x509"));
        await RunAsync(directory, Block("data/keys/main.key"));
        var token = (await RunAsync(directory, Block("openssl genrsa") + "\necho \"KEY=$KEY\""))
            .Split('\n').Single(line => line.StartsWith("KEY=", StringComparison.Ordinal))["KEY=".Length..];
        var (_, made) = await ConsoleProcess.StartDotnet("GrpcCreds.Server.dll", ["new-api-key"]).EndAsync();
        var table = Block("\"certificate_uris\"")
            .Replace("""{"id": "…", "sha256": "…"}""", made.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Trim(), StringComparison.Ordinal);
        string Path_(string name) => Path.Combine(directory.Path, name);
        await File.WriteAllTextAsync(Path_("callers.json"), table, TestContext.Current.CancellationToken);

        await using var simulator = await Simulator.StartAsync();
        await using var service = await ServiceProcess.StartAsync(
            simulator,
            Path_("data"),
            [
                $"Tls:CertificateFile={Path_("tls/service.pem")}", $"Tls:KeyFile={Path_("tls/service.key")}", $"Callers:File={Path_("callers.json")}",
                $"Callers:Certificates:AuthoritiesFile={Path_("tls/ca.pem")}", "Callers:Certificates:TrustDomain=example.org",
                "Callers:Jwt:Issuer=https://issuer.test", "Callers:Jwt:Audience=grpccreds", $"Callers:Jwt:KeysFile={Path_("issuer.pem")}",
            ],
            environment: new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = "Production" });
        using var anonymous = Channel(service.Grpc, Path_("tls/ca.pem"), null);
        using var node = Channel(service.Grpc, Path_("tls/ca.pem"), X509Certificate2.CreateFromPemFile(Path_("tls/node-1.pem"), Path_("tls/node-1.key")));

        Assert.NotNull((await new SyncCredentials.SyncCredentialsClient(node).GetActiveCredentialAsync(new() { TenantId = "acme" })).Unavailable);
        var client = new SyncCredentials.SyncCredentialsClient(anonymous);
        foreach (var proof in new[] { token, made.Split('\n')[1].Trim() })
        {
            var status = await client.GetCredentialStatusAsync(new() { TenantId = "acme" }, new Metadata { { "authorization", $"Bearer {proof}" } });
            Assert.Equal(Availability.NotConfigured, status.Status.Availability);
        }
        await client.GetCredentialStatusAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.Unauthenticated, "UNAUTHENTICATED");
        // Reflection is for Development.
        var reflection = new Method<byte[], byte[]>(
            MethodType.DuplexStreaming, "grpc.reflection.v1alpha.ServerReflection", "ServerReflectionInfo",
            Marshallers.Create<byte[]>(x => x, x => x), Marshallers.Create<byte[]>(x => x, x => x));
        using var call = anonymous.CreateCallInvoker().AsyncDuplexStreamingCall(reflection, null, default);
        Assert.Equal(StatusCode.Unimplemented, (await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.NextAsync())).StatusCode);
    }

    private static async Task<string> RunAsync(TemporaryDirectory directory, string script)
    {
        await using var shell = ConsoleProcess.Start("bash", ["-euo", "pipefail", "-c", $"cd '{directory.Path}'\n{script}"]);
        var (exitCode, output) = await shell.EndAsync();
        Assert.True(exitCode == 0, output);
        return output;
    }

    private static GrpcChannel Channel(Uri address, string authority, X509Certificate2? certificate)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPemFile(authority);
        return GrpcChannel.ForAddress(address, new()
        {
            DisposeHttpClient = true,
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = new SslClientAuthenticationOptions
                    { CertificateChainPolicy = policy, ClientCertificates = certificate is null ? null : [certificate] },
            },
        });
    }

    [GeneratedRegex(@"^```\w+\n(?<text>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();
}
