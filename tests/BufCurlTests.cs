using System.Text.Json;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests;

/// <summary>The service as seen by a client that has only its address: over reflection, with an unmodified buf.</summary>
public sealed class BufCurlTests
{
    private const string Call = "grpccreds.v1.SyncCredentials";

    [Fact]
    public async Task One_buf_curl_sets_a_credential_and_another_watches_it_arrive()
    {
        var buf = await Npm.ToolAsync("buf", TestContext.Current.CancellationToken);
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        simulator.AddUser("bob@acme.test", "s3cret");
        using var directory = new TemporaryDirectory();
        await using var service = await ServiceProcess.StartAsync(simulator, Path.Combine(directory.Path, "data"));
        var file = Path.Combine(directory.Path, "set.json");
        var request = new { tenant_id = "acme", username = "bob@acme.test", password = "s3cret", security_token = "" };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(request), TestContext.Current.CancellationToken);

        await using var watch = Curl(buf, service, "-d", """{"tenants":[{"tenant_id":"acme"}]}""", $"{Call}/WatchActiveCredential");
        await watch.LineWithAsync("AVAILABILITY_NOT_CONFIGURED");
        await watch.LineWithAsync("synced");
        await using var set = Curl(buf, service, "-d", $"@{file}", $"{Call}/SetPasswordCredential");
        var (exitCode, output) = await set.EndAsync();

        Assert.True(exitCode == 0, output);
        Assert.Contains("WRITE_RESULT_ACTIVATED", output, StringComparison.Ordinal);
        await watch.LineWithAsync("accessToken");
        Assert.DoesNotContain("s3cret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reflection_lists_the_services()
    {
        var buf = await Npm.ToolAsync("buf", TestContext.Current.CancellationToken);
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var directory = new TemporaryDirectory();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);

        await using var list = Curl(buf, service, "--list-services", "");
        var (exitCode, output) = await list.EndAsync();

        Assert.True(exitCode == 0, output);
        Assert.Contains(Call, output, StringComparison.Ordinal);
        Assert.Contains("grpc.health.v1.Health", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_errors_text_names_all_that_is_wrong_and_reflection_knows_its_details()
    {
        var buf = await Npm.ToolAsync("buf", TestContext.Current.CancellationToken);
        await using var simulator = await Simulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);
        using var directory = new TemporaryDirectory();
        await using var service = await ServiceProcess.StartAsync(simulator, directory.Path);

        await using var set = Curl(buf, service, "-d", """{"tenant_id":"acme","reason":"a\tb"}""", $"{Call}/SetPasswordCredential");
        var (exitCode, output) = await set.EndAsync();
        Assert.NotEqual(0, exitCode);
        Assert.All(
            ["google.rpc.ErrorInfo", "google.rpc.BadRequest", "reason: ", "username: ", "password: ", "security_token: "],
            text => Assert.Contains(text, output, StringComparison.Ordinal));

        // With it grpcurl shows the details as JSON; buf itself prints them as bytes.
        foreach (var type in new[] { "google.rpc.ErrorInfo", "google.rpc.BadRequest", "google.rpc.RetryInfo", "google.rpc.Status", "grpccreds.v1.ErrorReason" })
        {
            await using var ask =
                Curl(buf, service, "-d", $$"""{"fileContainingSymbol":"{{type}}"}""", "grpc.reflection.v1.ServerReflection/ServerReflectionInfo");
            Assert.Contains("fileDescriptorProto", (await ask.EndAsync()).Output, StringComparison.Ordinal);
        }
    }

    private static ConsoleProcess Curl(string buf, ServiceProcess service, params string[] arguments) =>
        ConsoleProcess.Start(buf, ["curl", "--http2-prior-knowledge", "--protocol", "grpc", .. arguments[..^1], $"{service.Grpc}{arguments[^1]}"]);
}
