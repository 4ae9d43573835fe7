using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>A canary as the password: it appears nowhere but at Salesforce.</summary>
public sealed class SecretTests : ToolTest
{
    private const string Canary = "c4nary-Pa55word-8f2e";

    [Fact]
    public async Task A_password_is_in_no_output_no_command_line_and_no_environment()
    {
        Simulator.AddUser("canary@acme.test", Canary);
        using var hold = Simulator.Hold(Endpoint.Login);
        await using var tool = await Tool.StartAsync(
            Tool.Environment(Service.Grpc), "set-password", "acme", "--username", "canary@acme.test", "--password-stdin", "--verbose");
        await tool.TypeAsync($"{Canary}\n{Canary}-token\n");
        tool.EndInput();
        await hold.WaitAsync(cancellationToken: TestContext.Current.CancellationToken);
        if (OperatingSystem.IsLinux())
            foreach (var file in new[] { "cmdline", "environ" })
            {
                var seen = await File.ReadAllTextAsync($"/proc/{tool.Id}/{file}", TestContext.Current.CancellationToken);
                Assert.DoesNotContain(Canary, seen, StringComparison.Ordinal);
            }
        hold.Release();
        var ended = await tool.EndAsync();
        Assert.Contains("SetPasswordCredential", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, ended.All, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set-password", "acme", "--password", Canary)]
    [InlineData("set-password", "acme", $"--password={Canary}")]
    [InlineData("set-password", "acme", Canary)]
    [InlineData("set-client-credentials", "acme", "--consumer-secret", Canary)]
    [InlineData(Canary)]
    [InlineData("status", "--output", Canary)]
    [InlineData("use", "acme", Canary)]
    [InlineData("audit", "acme", "--since", Canary)]
    [InlineData("set-client-credentials", "acme", "--rotate-every", Canary)]
    public async Task A_secret_in_the_wrong_place_is_refused_and_not_repeated(params string[] arguments)
    {
        var refused = (await RunAsync(arguments)).Is(1);
        Assert.DoesNotContain(Canary, refused.All, StringComparison.Ordinal);
        Assert.StartsWith("Error: ", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_and_lost_services_do_not_show_it_either()
    {
        string[] command = ["set-password", "acme", "--username", "canary@acme.test", "--password-stdin", "--verbose"];
        var tooLong = (await TypeAsync($"{Canary}{new string('x', 47)}\n", command)).Is(2);
        var nowhere = await Tool.RunAsync(new Uri("http://127.0.0.1:1"), $"{Canary}\n", command);
        var tooMany = (await TypeAsync($"{Canary}\n{Canary}\n{Canary}\n", command)).Is(1);
        Assert.All([tooLong, nowhere.Is(4), tooMany], result => Assert.DoesNotContain(Canary, result.All, StringComparison.Ordinal));
    }
}
