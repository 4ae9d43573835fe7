using System.Text.RegularExpressions;
using GrpcCreds.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>The command line on a pseudo-terminal: questions, echo, colours, widths, Ctrl+C.</summary>
public sealed partial class TerminalTests : ToolTest
{
    [Fact]
    public async Task A_password_is_asked_for_without_echo_and_all_nodes_are_waited_for()
    {
        var before = await Client.ActivateAsync();
        await using var node = new CredentialWatch(new() { Address = Service.Grpc, NodeId = "node-1", ReportApplied = ReportApplied.WhenTaken });
        await node.For("acme").GetAsync(TestContext.Current.CancellationToken);
        await Waiting.UntilAsync(async () => (await Client.StatusAsync()).Rollout?.Expected == 1, "the node is expected");
        await using var tool = await PseudoTerminal.StartAsync(80, Tool.Environment(Service.Grpc), "set-password", "acme", "--username", Calls.User);
        await tool.SeeAsync("Password:");
        await tool.TypeAsync($"{Calls.Password}\n");
        await tool.SeeAsync("Security token");
        await tool.TypeAsync("\n");
        await tool.SeeAsync("ACTIVATED");
        await Waiting.UntilAsync(() => node.For("acme").Current?.Revision > before.Revision, "the node takes the new session");
        var ended = (await tool.EndAsync()).Is(0);
        var text = PseudoTerminal.Plain(ended.Output);
        Assert.DoesNotContain(Calls.Password, text, StringComparison.Ordinal);
        Assert.Contains("✓ LOGIN", text, StringComparison.Ordinal);
        Assert.Contains("ACTIVATED: PASSWORD is in force for acme", text, StringComparison.Ordinal);
        Assert.Contains("1 of 1 node has revision", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(200)]
    public async Task Nothing_is_wider_than_the_terminal(int width)
    {
        await Client.ActivateAsync();
        await Client.ConnectAsync();
        using var node = Client.WatchActiveCredential(new() { NodeId = "node-1", Tenants = { new WatchedTenant { TenantId = "acme" } } });
        await node.NextStateAsync();
        foreach (var command in new string[][] { ["status"], ["status", "acme"], ["nodes", "acme"], ["test", "acme"], ["audit", "acme"], ["doctor", "acme"] })
        {
            await using var tool = await PseudoTerminal.StartAsync(width, Tool.Environment(Service.Grpc), command);
            var text = PseudoTerminal.Plain((await tool.EndAsync()).Output);
            Assert.Contains(command[0] switch { "nodes" => "node-1", "test" => "SUCCEEDED", "audit" => "WRITE", _ => "acme" }, text, StringComparison.Ordinal);
            Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        }
    }

    [Fact]
    public async Task Colours_are_for_terminals_and_NO_COLOR_takes_them_away()
    {
        await Client.ActivateAsync();
        Assert.Matches(Colour(), await ShownAsync(Tool.Environment(Service.Grpc)));
        Assert.DoesNotMatch(Colour(), await ShownAsync(Tool.Environment(Service.Grpc, ("NO_COLOR", "1"))));

        async Task<string> ShownAsync(Dictionary<string, string> environment)
        {
            await using var tool = await PseudoTerminal.StartAsync(80, environment, "status", "acme");
            return (await tool.EndAsync()).Is(0).Output;
        }
    }

    [Theory]
    [InlineData("n\n", 1, Availability.Serving)]
    [InlineData("\n", 1, Availability.Serving)]
    [InlineData("y\n", 0, Availability.SwitchedOff)]
    public async Task A_loss_is_asked_about(string answer, int exitCode, Availability after)
    {
        await Client.ActivateAsync();
        await using var tool = await PseudoTerminal.StartAsync(80, Tool.Environment(Service.Grpc), "off", "acme");
        await tool.SeeAsync("Go on?");
        await tool.TypeAsync(answer);
        (await tool.EndAsync()).Is(exitCode);
        Assert.Equal(after, (await Client.StatusAsync()).Availability);
    }

    [Fact]
    public async Task Ctrl_C_at_a_question_ends_it_and_nothing_was_sent()
    {
        await using var tool = await PseudoTerminal.StartAsync(80, Tool.Environment(Service.Grpc), "set-password", "acme", "--username", Calls.User);
        await tool.SeeAsync("Password:");
        await tool.TypeAsync("\u0003");
        Assert.Contains("Interrupted.", (await tool.EndAsync()).Is(130).Output, StringComparison.Ordinal);
        Assert.Equal(0, Simulator.Logins(Calls.User).Attempts);
    }

    [Fact]
    public async Task A_watch_shows_a_live_table_and_reveals_only_when_asked()
    {
        await Client.ActivateAsync();
        var token = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session.AccessToken;
        foreach (var isRevealed in new[] { false, true })
        {
            string[] command = isRevealed ? ["watch", "acme", "--reveal"] : ["watch", "acme"];
            await using var tool = await PseudoTerminal.StartAsync(200, Tool.Environment(Service.Grpc), command);
            await tool.SeeAsync("heartbeat");
            await tool.SeeAsync(isRevealed ? token : "(redacted)");
            await tool.TypeAsync("\u0003");
            Assert.Equal(isRevealed, (await tool.EndAsync()).Is(130).Output.Contains(token, StringComparison.Ordinal));
        }
    }

    [GeneratedRegex(@"\x1b\[[0-9;]*[349][0-9;]*m")]
    private static partial Regex Colour();
}
