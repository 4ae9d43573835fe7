using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>Commands that run with a session.</summary>
public sealed class ExecTests : ToolTest
{
    [Fact]
    public async Task A_command_gets_the_session_and_its_exit_code_is_handed_on()
    {
        Tools.Need("sh");
        await Client.ActivateAsync();
        var session = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential.Session;
        var ended = (await RunAsync("exec", "acme", "--", "sh", "-c", "echo $SALESFORCE_ACCESS_TOKEN $SALESFORCE_INSTANCE_URL; exit 7")).Is(7);
        Assert.Equal($"{session.AccessToken} {session.InstanceUrl}\n", ended.Output);
        Assert.Contains("cannot be started", (await RunAsync("exec", "acme", "--", "no-such-program")).Is(127).Error, StringComparison.Ordinal);
        Assert.Contains("NOT_CONFIGURED", (await RunAsync("exec", "globex", "--timeout", "1", "--", "sh")).Is(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.HangUp)]
    public async Task Signals_are_handed_on(int signal)
    {
        Tools.Need("sh");
        await Client.ActivateAsync();
        var trap = "trap 'echo got it; exit 9' TERM INT HUP; echo ready; while :; do sleep 0.1; done";
        await using var tool = await Tool.StartAsync(Tool.Environment(Service.Grpc), "exec", "acme", "--", "sh", "-c", trap);
        await tool.SeeAsync("ready");
        Signals.Send(tool.Id, signal);
        Assert.Contains("got it", (await tool.EndAsync()).Is(9).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_is_started_again_when_the_session_changes()
    {
        Tools.Need("sh");
        await Client.ActivateAsync();
        var script = "echo started $SALESFORCE_ACCESS_TOKEN; while :; do sleep 0.1; done";
        await using var tool = await Tool.StartAsync(Tool.Environment(Service.Grpc), "exec", "acme", "--restart-on-change", "--", "sh", "-c", script);
        await tool.SeeAsync("started");
        await Client.ConnectAsync();
        var newer = (await Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential;
        Assert.Equal(Mode.Oauth, newer.Mode);
        await tool.SeeAsync($"started {newer.Session.AccessToken}");
        Assert.DoesNotContain(newer.Session.AccessToken, tool.Error, StringComparison.Ordinal);
    }
}
