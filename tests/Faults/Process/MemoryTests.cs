using System.Diagnostics;
using System.Globalization;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Faults.Process;

/// <summary>No dump and no socket exposes the service's memory.</summary>
[Collection(OneAtATime.Name)]
public sealed class MemoryTests : IDisposable
{
    private const int SegmentationFault = 11;

    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task In_production_a_crash_leaves_no_core_dump_and_there_is_no_diagnostics_socket()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "core dumps are forbidden on Linux only");
        await using var simulator = await Simulator.StartAsync();
        await using var service = await StartAsync(simulator, "Production");
        var limits = await File.ReadAllLinesAsync($"/proc/{service.Id}/limits", TestContext.Current.CancellationToken);
        Assert.Equal("Max core file size 0 0 bytes",
            string.Join(' ', limits.Single(line => line.StartsWith("Max core", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Empty(Sockets(service.Id));

        // Whoever lifts the limit from outside, as only root can, still gets nothing.
        AllowCore(service.Id);
        var before = Cores();
        Assert.NotEqual(0, await CrashAsync(service));
        Assert.Equal(before, Cores());
        Assert.DoesNotContain(service.Output, line => line.Contains("core dumped", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DOTNET_EnableDiagnostics", "1")]
    [InlineData("DOTNET_DbgEnableMiniDump", "1")]
    public async Task In_production_it_does_not_start_with_a_runtime_that_gives_its_memory_away(string variable, string value)
    {
        var (code, output) = await ServiceProcess.RunAsync(
            [$"Store:DataDirectory={directory.Path}", $"Callers:File={CallerFile()}", "Tls:EndsBeforeService=true"],
            new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = "Production", [variable] = value });
        Assert.Equal(1, code);
        Assert.Contains($"GrpcCreds does not start: {variable} must ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_systemd_unit_forbids_what_the_service_forbids_itself_and_systemd_accepts_it()
    {
        var unit = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "grpccreds.service"), TestContext.Current.CancellationToken);
        foreach (var line in new[] { "Environment=DOTNET_EnableDiagnostics=0", "LimitCORE=0", "MemorySwapMax=0",
            "NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=grpccreds", "UMask=0077" })
            Assert.Contains($"\n{line}\n", unit, StringComparison.Ordinal);

        // In a container it is not there, in CI neither; the lines above were compared all the same.
        if (Tools.Find("systemd-analyze") is not { } tool)
            return;
        // The program it names need not be installed here.
        var copy = Path.Combine(directory.Path, "grpccreds.service");
        await File.WriteAllTextAsync(copy, unit.Replace("/usr/bin/dotnet", "/bin/true", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        await using var verify = ConsoleProcess.Start(tool, ["verify", copy]);
        Assert.Equal((0, ""), await verify.EndAsync());
    }

    // The runtime lets a fault happen again before it gives up; one that was only sent has to be sent again.
    private static async Task<int> CrashAsync(ServiceProcess service)
    {
        var id = service.Id;
        var exited = service.ExitedAsync();
        while (!exited.IsCompleted)
        {
            if (Directory.Exists($"/proc/{id}"))
                Signals.Send(id, SegmentationFault);
            await Task.WhenAny(exited, Task.Delay(100, TestContext.Current.CancellationToken));
        }
        return await exited;
    }

    private Task<ServiceProcess> StartAsync(Simulator simulator, string environment)
    {
        Server.Keys.KeyFiles.CreateMissing(Path.Combine(directory.Path, "keys"), "main");
        return ServiceProcess.StartAsync(
            simulator,
            directory.Path,
            [$"Callers:File={CallerFile()}", "Tls:EndsBeforeService=true"],
            environment: new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = environment, ["TMPDIR"] = directory.Path });
    }

    private string[] Sockets(int process) =>
        [.. new[] { "/tmp", directory.Path }.SelectMany(place => Directory.GetFiles(place, $"dotnet-diagnostic-{process}-*"))];

    // The directory where the kernel would put one, if it writes core files at all.
    private static string[] Cores() => [.. Directory.GetFiles(Environment.CurrentDirectory, "core*").Order(StringComparer.Ordinal)];

    private static void AllowCore(int process)
    {
        using var prlimit = System.Diagnostics.Process.Start(new ProcessStartInfo(Tools.Need("prlimit"),
            ["--pid", process.ToString(CultureInfo.InvariantCulture), "--core=unlimited:unlimited"]) { RedirectStandardError = true })!;
        prlimit.WaitForExit();
    }

    private string CallerFile()
    {
        var path = Path.Combine(directory.Path, "callers.json");
        File.WriteAllText(
            path,
            """{"callers":[{"name":"a","api_keys":[{"id":"0123456789ab","sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]"""
                + ""","grants":[{"role":"viewer","tenants":["*"]}]}]}""");
        return path;
    }
}
