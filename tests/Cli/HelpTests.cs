using System.Text.RegularExpressions;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>Help, docs/cli.md and completion.</summary>
public sealed partial class HelpTests : ToolTest
{
    private static readonly string Page = Path.Combine(Repository.Root, "docs/cli.md");

    /// <summary>Set GRPCCREDS_UPDATE_DOCS=true to write the page.</summary>
    [Fact]
    public async Task The_page_of_the_docs_is_what_the_tool_writes()
    {
        var written = (await Tool.RunAsync(null, "docs")).Is(0).Output.ReplaceLineEndings("\n");
        if (Environment.GetEnvironmentVariable("GRPCCREDS_UPDATE_DOCS") == "true")
            await File.WriteAllTextAsync(Page, written, TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken), written);
    }

    [Fact]
    public async Task Every_command_explains_itself_with_examples_without_asking_the_service()
    {
        var page = await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken);
        var commands = Commands().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.Contains("client-credentials rotate", commands);
        foreach (var command in commands)
        {
            var help = (await Tool.RunAsync(new Uri("http://127.0.0.1:1"), [.. command.Split(' '), "--help"])).Is(0).Output;
            Assert.Contains("Examples:\n", help, StringComparison.Ordinal);
            Assert.Contains("grpccreds ", help.Split("Examples:")[1], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Commands_and_the_tenants_of_the_service_are_completed()
    {
        await Client.ActivateAsync();
        await Client.ActivateAsync("globex");
        Assert.Equal(["set-client-credentials", "set-jwt-bearer", "set-oauth", "set-password"], await CompletedAsync("grpccreds set-"));
        Assert.Equal(["globex"], await CompletedAsync("grpccreds status glo"));
        Assert.Equal(["acme", "globex"], (await CompletedAsync("grpccreds use ")).Where(word => word is "acme" or "globex"));
        Assert.Contains("jwt-bearer", await CompletedAsync("grpccreds use acme jwt"));
        var nowhere = (await Tool.RunAsync(new Uri("http://127.0.0.1:1"), "[suggest:20]", "grpccreds status glo")).Is(0);
        Assert.Empty(nowhere.All.Trim());
    }

    [Fact]
    public async Task The_script_for_bash_completes()
    {
        await Client.ActivateAsync();
        var bash = Tools.Need("bash");
        var script = """
            source <(grpccreds completion bash)
            COMP_LINE="grpccreds status ac" COMP_POINT=19 COMP_WORDS=(grpccreds status ac) COMP_CWORD=2
            _grpccreds
            echo "completed: ${COMPREPLY[*]}"
            """;
        var path = $"{Path.GetDirectoryName(await Tool.PathAsync())}:{Environment.GetEnvironmentVariable("PATH")}";
        await using var shell = ToolProcess.Start(bash, ["--norc", "-c", script], Tool.Environment(Service.Grpc, ("PATH", path)));
        Assert.Contains("completed: acme", (await shell.EndAsync()).Is(0).Output, StringComparison.Ordinal);
        foreach (var other in new[] { "zsh", "fish", "pwsh" })
            Assert.Contains("grpccreds", (await RunAsync("completion", other)).Is(0).Output, StringComparison.Ordinal);
        (await RunAsync("completion", "tcsh")).Is(1);
    }

    private async Task<string[]> CompletedAsync(string line) =>
        [.. (await RunAsync($"[suggest:{line.Length}]", line)).Is(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];

    [GeneratedRegex("^### (.+)$", RegexOptions.Multiline)]
    private static partial Regex Commands();
}
