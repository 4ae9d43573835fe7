using System.Net;
using System.Net.Sockets;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.QuickStart;

/// <summary>The sample a stranger runs first, as the process that stranger gets.</summary>
public sealed class QuickStartTests : IDisposable
{
    private const string Sample = "GrpcCreds.QuickStart.dll";
    private static readonly string[] FreePorts = ["--grpc", "127.0.0.1:0", "--http", "127.0.0.1:0"];

    private readonly TemporaryDirectory temporary = new();

    private Dictionary<string, string> Environment => new() { ["TMPDIR"] = temporary.Path };

    public void Dispose() => temporary.Dispose();

    [Fact]
    public async Task The_story_comes_out_as_told_and_leaves_nothing_behind()
    {
        await using var sample = ConsoleProcess.StartDotnet(Sample, ["--exit", .. FreePorts], Environment);
        var (exitCode, output) = await sample.EndAsync();

        Assert.True(exitCode == 0, output);
        Assert.Equal(3, Count(output, "receives: not configured"));
        Assert.Equal(3, Count(output, "ACTIVATED, revision"));
        Assert.Equal(6, Count(output, "has the session"));
        Assert.Contains("TEST_FAILED, INVALID_LOGIN. Check username, password, security token and Use Sandbox", output, StringComparison.Ordinal);
        Assert.Contains("no node received a change", output, StringComparison.Ordinal);
        Assert.Contains("Passed: LOGIN, IDENTITY, API, API_VERSION, CUSTOMIZE_APPLICATION.", output, StringComparison.Ordinal);
        Assert.Contains("Not required here: FIELD_ACCESS, PACKAGE_VERSION.", output, StringComparison.Ordinal);
        Assert.Contains("The grant is in force", output, StringComparison.Ordinal);
        Assert.Contains("failed calls: 0.", output, StringComparison.Ordinal);
        Assert.True(Count(output, $"[{new string('#', 20)}] 20 of 20 nodes") >= 3, output);
        Assert.Contains("renewed once, and every node continued", output, StringComparison.Ordinal);
        Assert.Contains("Every node has moved, so the grant is deleted", output, StringComparison.Ordinal);
        Assert.Contains("DROP: it is proven.", output, StringComparison.Ordinal);
        Assert.Contains("accepted, failed calls: 0\n", output, StringComparison.Ordinal);
        Assert.Equal(3, Count(output, "calls Salesforce with it: accepted"));
        Assert.EndsWith("The story is complete: every step succeeded.", output.TrimEnd(), StringComparison.Ordinal);
        Assert.DoesNotContain(DefaultUsers.Production.Password, output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public async Task The_lines_it_prints_work_when_pasted_and_an_interrupt_ends_it()
    {
        var buf = await Npm.ToolAsync("buf", TestContext.Current.CancellationToken);
        await using var sample = ConsoleProcess.StartDotnet(Sample, FreePorts, Environment);
        await sample.LineWithAsync("/healthz/ready");
        var pasted = sample.Lines.Select(line => line.Trim()).Where(line => line.StartsWith("buf curl", StringComparison.Ordinal)).ToList();
        var file = new FileInfo(Assert.Single(Directory.GetFiles(temporary.Path, "set-password.json", SearchOption.AllDirectories)));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode);

        await using var watch = Paste(buf, pasted.Single(line => line.Contains("Watch", StringComparison.Ordinal)));
        await watch.LineWithAsync("synced");
        await using var set = Paste(buf, pasted.Single(line => line.Contains("SetPassword", StringComparison.Ordinal)));
        var (setCode, setOutput) = await set.EndAsync();
        Assert.True(setCode == 0, setOutput);
        var revision = Revision(await set.LineWithAsync("\"revision\""));
        await watch.LineWithAsync(revision);
        await using var status = Paste(buf, pasted.Single(line => line.Contains("Status", StringComparison.Ordinal)));
        Assert.Contains(revision, (await status.EndAsync()).Output, StringComparison.Ordinal);

        Signals.Send(sample.Id, Signals.Interrupt);
        var (exitCode, output) = await sample.EndAsync();
        Assert.True(exitCode == 0, output);
        Assert.Empty(Directory.EnumerateFileSystemEntries(temporary.Path));
    }

    [Fact]
    public async Task A_taken_port_is_told_in_a_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var sample = ConsoleProcess.StartDotnet(Sample, ["--exit", "--http", "127.0.0.1:0", "--grpc", $"{taken.LocalEndpoint}"], Environment);
        var (exitCode, output) = await sample.EndAsync();

        Assert.Equal(1, exitCode);
        Assert.Contains("a port is taken", output, StringComparison.Ordinal);
        Assert.Contains($"{taken.LocalEndpoint}", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--grpc", "0.0.0.0:0")]
    [InlineData("--http", "here")]
    [InlineData("--port", "1")]
    public async Task A_wrong_option_is_told_in_a_sentence(string option, string value)
    {
        await using var sample = ConsoleProcess.StartDotnet(Sample, ["--exit", option, value], Environment);
        var (exitCode, output) = await sample.EndAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains(option, output, StringComparison.Ordinal);
    }

    /// <summary>Runs it as a reader with buf on the PATH does.</summary>
    private static ConsoleProcess Paste(string buf, string line) =>
        ConsoleProcess.Start("bash", ["-c", line], new Dictionary<string, string>
        {
            ["PATH"] = $"{Path.GetDirectoryName(buf)}:{System.Environment.GetEnvironmentVariable("PATH")}",
        });

    /// <summary>The number in <c>"revision": "123",</c>.</summary>
    private static string Revision(string line) => new([.. line.Where(char.IsAsciiDigit)]);

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
