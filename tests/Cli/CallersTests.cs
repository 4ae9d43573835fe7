using System.Security.Cryptography.X509Certificates;
using GrpcCreds.Tests.Callers;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>The command line against a service with TLS: certificate, token, API key, and none.</summary>
public sealed class CallersTests
{
    [Fact]
    public async Task A_certificate_a_token_and_an_API_key_open_the_door_and_nothing_else_does()
    {
        await using var world = await CallersWorld.StartAsync();
        using var certificate = world.Pki.Leaf();
        world.Write("node.pem", certificate.ExportCertificatePem());
        world.Write("node.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        world.Write("key.txt", world.ApiKey);
        world.Write("token.txt", world.Issuer.Token("viewer"));

        (await RunAsync(world, ["status", "acme"], ("GRPCCREDS_TOKEN_FILE", world.File("key.txt")))).Is(0);
        (await RunAsync(world, ["status", "acme"], ("GRPCCREDS_TOKEN_COMMAND", $"cat '{world.File("token.txt")}'"))).Is(0);
        var watch = await RunAsync(
            world, ["doctor", "acme"], ("GRPCCREDS_CERTIFICATE_FILE", world.File("node.pem")), ("GRPCCREDS_KEY_FILE", world.File("node.key")));
        Assert.Contains("acme: node; not viewer, admin, auditor", watch.Is(0).Output, StringComparison.Ordinal);
        Assert.Contains("✓ tls ", watch.Output, StringComparison.Ordinal);

        world.Write("all.txt", world.Issuer.Token("all-viewer"));
        var parts = (await RunAsync(world, ["doctor"], ("GRPCCREDS_TOKEN_FILE", world.File("all.txt")))).Is(0).Output;
        Assert.All(["store", "keys", "callers"], part => Assert.Contains($"✓ {part} ", parts, StringComparison.Ordinal));

        Assert.Contains("UNAUTHENTICATED", (await RunAsync(world, ["status", "acme"])).Is(3).Error, StringComparison.Ordinal);
        var viewer = await RunAsync(world, ["off", "acme", "--yes"], ("GRPCCREDS_TOKEN_FILE", world.File("key.txt")));
        Assert.Contains("NOT_PERMITTED", viewer.Is(3).Error, StringComparison.Ordinal);
        Assert.DoesNotContain(world.ApiKey, viewer.All, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_wrong_with_TLS_or_the_token_is_said()
    {
        await using var world = await CallersWorld.StartAsync();
        var untrusted = await Tool.RunAsync(Tool.Environment(world.Service.Grpc), "", ["doctor"]);
        Assert.Contains("not trusted", untrusted.Is(5).Output, StringComparison.Ordinal);
        Assert.Contains("TLS", (await Tool.RunAsync(Tool.Environment(world.Service.Grpc), "", ["status"])).Is(4).Error, StringComparison.Ordinal);
        var failing = await RunAsync(world, ["status"], ("GRPCCREDS_TOKEN_COMMAND", "exit 3"));
        Assert.Contains("exit code 3", failing.Is(3).Error, StringComparison.Ordinal);
        var nobody = await RunAsync(world, ["doctor"]);
        Assert.Contains("✗ caller", nobody.Is(5).Output, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            world.Write("open.txt", world.ApiKey);
            File.SetUnixFileMode(world.File("open.txt"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
            var open = await RunAsync(world, ["status"], ("GRPCCREDS_TOKEN_FILE", world.File("open.txt")));
            Assert.Contains("chmod 600", open.Is(1).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Contexts_are_kept_for_their_user_alone()
    {
        await using var world = await CallersWorld.StartAsync();
        world.Write("key.txt", world.ApiKey);
        var contexts = world.File("contexts.json");
        var environment = Tool.Environment(null, ("GRPCCREDS_CONFIG", contexts));
        string[] set = ["context", "set", "prod", "--address", world.Service.Grpc.ToString(), "--authorities-file", world.File("ca.pem")];
        (await Tool.RunAsync(environment, "", [.. set, "--token-file", world.File("key.txt")])).Is(0);
        (await Tool.RunAsync(environment, "", ["context", "set", "other", "--address", "http://127.0.0.1:1"])).Is(0);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(contexts));
        Assert.DoesNotContain(world.ApiKey, await File.ReadAllTextAsync(contexts, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        (await Tool.RunAsync(environment, "", ["status", "acme"])).Is(0);
        (await Tool.RunAsync(environment, "", ["status", "acme", "--context", "other"])).Is(4);
        (await Tool.RunAsync(environment, "", ["context", "use", "other"])).Is(0);
        (await Tool.RunAsync(environment, "", ["status", "acme"])).Is(4);
        Assert.Contains("*  other", (await Tool.RunAsync(environment, "", ["context", "list"])).Is(0).Output, StringComparison.Ordinal);
        var wrong = (await Tool.RunAsync(environment, "", ["context", "set", "x", "--address", "ftp://x"])).Is(1);
        Assert.Contains("must be https", wrong.Error, StringComparison.Ordinal);
        (await Tool.RunAsync(environment, "", ["context", "delete", "other"])).Is(0);
        (await Tool.RunAsync(environment, "", ["status", "--context", "other"])).Is(1);
    }

    private static Task<ToolResult> RunAsync(CallersWorld world, string[] command, params (string, string)[] variables) =>
        Tool.RunAsync(Tool.Environment(world.Service.Grpc, [("GRPCCREDS_AUTHORITIES_FILE", world.File("ca.pem")), .. variables]), "", command);
}
