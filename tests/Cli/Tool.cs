using System.Diagnostics;
using System.Reflection;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Cli;

/// <summary>
/// The command line as its users have it: packed from what was built for this run, installed into a clean directory, and run as a process. Installed once
/// for all tests.
/// </summary>
internal static class Tool
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);
    private static readonly TemporaryDirectory Directory = new();

    /// <summary>The path of the installed command.</summary>
    public static Task<string> PathAsync()
    {
        // "dotnet tool install" runs it.
        if (!OperatingSystem.IsWindows())
            Tools.Need("chmod");
        return Installed.Value;
    }

    /// <summary>Variables for a process: nothing from the user's own configuration.</summary>
    public static Dictionary<string, string> Environment(Uri? service, params (string Name, string Value)[] more)
    {
        var variables = new Dictionary<string, string>
        {
            ["GRPCCREDS_CONFIG"] = Path.Combine(Directory.Path, "no-contexts.json"),
            ["DOTNET_CLI_HOME"] = Directory.Path,
            ["TERM"] = "xterm-256color",
        };
        if (service is not null)
            variables["GRPCCREDS_ADDRESS"] = service.ToString();
        foreach (var (name, value) in more)
            variables[name] = value;
        return variables;
    }

    /// <summary>Runs a command to its end, piped.</summary>
    public static Task<ToolResult> RunAsync(Uri? service, params string[] arguments) => RunAsync(service, "", arguments);

    /// <summary>Runs a command to its end, piped, with this on standard input.</summary>
    public static Task<ToolResult> RunAsync(Uri? service, string input, string[] arguments) => RunAsync(Environment(service), input, arguments);

    public static async Task<ToolResult> RunAsync(IReadOnlyDictionary<string, string> environment, string input, string[] arguments)
    {
        await using var process = await StartAsync(environment, arguments);
        await process.TypeAsync(input);
        process.EndInput();
        return await process.EndAsync();
    }

    public static async Task<ToolProcess> StartAsync(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        ToolProcess.Start(await PathAsync(), arguments, environment);

    private static async Task<string> InstallAsync()
    {
        var configuration = typeof(Tool).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var feed = Path.Combine(Directory.Path, "feed");
        await DotnetAsync("pack", Path.Combine(Repository.Root, "src/Cli/Cli.csproj"), "--no-build", "--configuration", configuration, "--output", feed);
        var path = Path.Combine(Directory.Path, "tool");
        await DotnetAsync("tool", "install", "GrpcCreds.Cli", "--tool-path", path, "--source", feed, "--no-http-cache");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Dispose();
        return Path.Combine(path, OperatingSystem.IsWindows() ? "grpccreds.exe" : "grpccreds");
    }

    private static async Task DotnetAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments)
            { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Directory.Path };
        start.Environment["DOTNET_CLI_HOME"] = Directory.Path;
        using var process = Process.Start(start)!;
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(3));
        Assert.True(process.ExitCode == 0, $"dotnet {arguments[0]} failed: {string.Join('\n', await output)}");
    }
}

/// <summary>How a run ended.</summary>
internal sealed record ToolResult(int ExitCode, string Output, string Error)
{
    public string All => $"{Output}\n{Error}";

    /// <summary>Fails the test with everything that was printed unless the exit code is this one.</summary>
    public ToolResult Is(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode} instead of {exitCode}\n{All}");
        return this;
    }
}
