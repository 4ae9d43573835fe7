using System.Diagnostics;

namespace GrpcCreds.Bench;

/// <summary>The service as it is published for production.</summary>
internal static class Published
{
    /// <returns>The path of its program.</returns>
    public static async Task<string> MakeAsync(string folder)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "GrpcCreds.sln")))
            root = root.Parent;
        var project = Path.Combine(root?.FullName ?? throw new DirectoryNotFoundException("the bench runs from a clone of the repository"), "src", "Server");
        var publish = Process.Start(new ProcessStartInfo("dotnet", ["publish", project, "-c", "Release", "-o", folder, "-v", "quiet", "--nologo"]))!;
        await publish.WaitForExitAsync();
        return publish.ExitCode == 0 ? Path.Combine(folder, "GrpcCreds.Server") : throw new InvalidOperationException("the service could not be published");
    }
}
