using System.Net;
using System.Net.Sockets;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>A process that is stopped before it listens ends in order, whatever it waits for just then.</summary>
[Collection(OneAtATime.Name)]
public sealed class StopWhileStartingTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Interrupt)]
    [InlineData(Signals.Quit)]
    public async Task While_it_waits_for_a_Redis_that_does_not_answer(int signal)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var service = ServiceProcess.Begin([$"ConnectionStrings:Redis={silent.LocalEndpoint}", $"Encryption:KeysDirectory={directory.Path}"]);
        using var connection = await silent.AcceptTcpClientAsync(TestContext.Current.CancellationToken)
            .AsTask().WaitAsync(Waiting.Long, TestContext.Current.CancellationToken);

        EndsInOrder(await service.StopAsync(signal), service);
        Assert.Contains(service.Output, line => line == "GrpcCreds received a stop signal before it had started, and has stopped.");
    }

    [Fact]
    public async Task At_any_moment()
    {
        await using var simulator = await Simulator.StartAsync();
        for (var wait = 50; wait <= 1_500; wait += 145)
        {
            await using var service = ServiceProcess.Begin([$"Store:DataDirectory={directory.Path}"]);
            // The moments that a start passes through, however fast the machine is; all of them must do.
            await Task.Delay(wait, TestContext.Current.CancellationToken);
            var code = await service.StopAsync();
            // Before the first of our code runs the signal ends the process as it ends any.
            if (code != 128 + Signals.Terminate)
                EndsInOrder(code, service);
        }
    }

    [Fact]
    public async Task The_quick_start_too()
    {
        for (var wait = 300; wait <= 3_000; wait += 900)
        {
            await using var sample = StartQuickStart();
            await Task.Delay(wait, TestContext.Current.CancellationToken);
            await QuickStartEndsAsync(sample, mayNotHaveBegun: true);
        }
    }

    // In each of these parts something else is waited for, and other nodes are at work.
    [Theory]
    [InlineData("1. ")]
    [InlineData("5. ")]
    [InlineData("7. ")]
    [InlineData("8. ")]
    [InlineData("9. ")]
    public async Task The_quick_start_too_in_any_part_of_its_story(string part)
    {
        await using var sample = StartQuickStart();
        await sample.LineWithAsync(part);
        await QuickStartEndsAsync(sample, mayNotHaveBegun: false);
    }

    [Fact]
    public async Task The_simulator_too()
    {
        for (var wait = 50; wait <= 800; wait += 250)
        {
            await using var simulator =
                ConsoleProcess.StartDotnet("GrpcCreds.SalesforceSimulator.dll", ["--ProductionPort=0", "--SandboxPort=0", "--ControlPort=0"]);
            await Task.Delay(wait, TestContext.Current.CancellationToken);
            Signals.Send(simulator.Id, Signals.Terminate);
            var (code, output) = await simulator.EndAsync();
            Assert.True(code is 0 or (128 + Signals.Terminate), output);
            Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
        }
    }

    private ConsoleProcess StartQuickStart() => ConsoleProcess.StartDotnet(
        "GrpcCreds.QuickStart.dll", ["--exit", "--grpc", "localhost:0", "--http", "localhost:0"],
        new Dictionary<string, string> { ["TMPDIR"] = directory.Path });

    private async Task QuickStartEndsAsync(ConsoleProcess sample, bool mayNotHaveBegun)
    {
        Signals.Send(sample.Id, Signals.Terminate);
        var (code, output) = await sample.EndAsync();
        // Before the first of its code runs the signal ends the process as it ends any.
        if (mayNotHaveBegun && code == 128 + Signals.Terminate)
            return;
        Assert.True(code == 130, output);
        Assert.Contains("Stopped before the end of the story.", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    private static void EndsInOrder(int code, ServiceProcess service)
    {
        var output = string.Join('\n', service.Output);
        Assert.True(code == 0, $"exit code {code}:\n{output}");
        Assert.DoesNotContain("Unhandled exception", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
