using System.Diagnostics;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests;

/// <summary>
/// Tools from npm (<c>tests/npm/package.json</c>), installed when first needed. Where they cannot be had the test is skipped and says why; in CI it fails.
/// </summary>
internal static class Npm
{
    private static readonly string[] ProxyVariables = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    private static readonly Lazy<Task<string?>> Installed = new(InstallAsync);

    /// <summary>The root of the repository.</summary>
    public static string Root { get; } = FindRoot();

    private static string Folder => Path.Combine(Root, "tests", "npm");

    /// <summary>Path of a tool's executable, such as <c>buf</c>.</summary>
    public static async Task<string> ToolAsync(string name, CancellationToken cancellationToken)
    {
        SkipIf(await Installed.Value.WaitAsync(cancellationToken));
        return Path.Combine(Folder, "node_modules", ".bin", OperatingSystem.IsWindows() ? $"{name}.cmd" : name);
    }

    /// <summary>Path of node, with the packages installed.</summary>
    public static async Task<string> NodeAsync(CancellationToken cancellationToken)
    {
        SkipIf(await Installed.Value.WaitAsync(cancellationToken));
        return Tools.Find("node")!;
    }

    /// <summary>Runs a program in the root of the repository, without any proxy, which would take loopback calls too. Cancelling kills it.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        string file, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = StartInfo(file, arguments, Root);
        foreach (var name in ProxyVariables)
            start.Environment.Remove(name);
        return await RunAsync(start, cancellationToken);
    }

    private static void SkipIf(string? reason)
    {
        Tools.NoteTest();
        if (reason is not null)
            Tools.Lacks(reason);
    }

    /// <summary>Null, or why there are no tools.</summary>
    private static async Task<string?> InstallAsync()
    {
        if (Tools.Find("node") is null || Tools.Find("npm") is not { } npm)
            return "needs node and npm, which are not on the PATH";
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        try
        {
            using var turn = await TakeTurnAsync(limit.Token);
            if (IsUpToDate())
                return null;
            string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"];
            var (exitCode, _, error) = await RunAsync(StartInfo(npm, install, Folder), limit.Token);
            return exitCode == 0 ? null : $"'npm ci' in tests/npm failed: {error.Trim()[..Math.Min(error.Trim().Length, 600)]}";
        }
        catch (OperationCanceledException)
        {
            return "'npm ci' in tests/npm took longer than 3 minutes";
        }
    }

    // npm writes this file when it has installed everything.
    private static bool IsUpToDate()
    {
        var done = new FileInfo(Path.Combine(Folder, "node_modules", ".package-lock.json"));
        return done.Exists && done.LastWriteTimeUtc >= File.GetLastWriteTimeUtc(Path.Combine(Folder, "package-lock.json"));
    }

    /// <summary>A lock over all processes: test runs side by side must not install into the same folder.</summary>
    private static async Task<FileStream> TakeTurnAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "tests", "obj"));
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(folder.FullName, "npm.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                // Another process installs. A file lock sends no signal, so ask again.
                await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
            }
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        using var process = Process.Start(start)!;
        try
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static ProcessStartInfo StartInfo(string file, IEnumerable<string> arguments, string folder) => new(file, arguments)
    {
        WorkingDirectory = folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    };

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "GrpcCreds.sln")))
            folder = folder.Parent ?? throw new DirectoryNotFoundException("the tests do not run inside the repository");
        return folder.FullName;
    }
}
