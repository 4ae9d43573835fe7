using System.Runtime.InteropServices;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Protects this process's memory: no core dump is written, no other process of the same user can read it, and the runtime opens no diagnostics socket, which
/// could be used to take a dump. For the service's own process, outside Development.
/// </summary>
internal static partial class MemoryImage
{
    // Constants of prctl and setrlimit; the same on every supported Linux.
    private const int SetDumpable = 4;
    private const int CoreSize = 4;

    /// <exception cref="MemoryImageException">The runtime was started with diagnostics or dumps enabled, or the kernel refuses the protection.</exception>
    public static void Protect()
    {
        // The runtime reads these variables before any of this code runs, so the only option is to refuse to start.
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "0")
            throw new MemoryImageException(
                "DOTNET_EnableDiagnostics must be 0 in the environment that starts the service, outside Development: "
                + "any process that can use the runtime's diagnostics socket can read every secret");
        if (Environment.GetEnvironmentVariable("DOTNET_DbgEnableMiniDump") is not (null or "" or "0"))
            throw new MemoryImageException(
                "DOTNET_DbgEnableMiniDump must not be set in the environment that starts the service, outside Development: a dump contains every secret");
        if (!OperatingSystem.IsLinux())
            return;
        var none = default(Limit);
        if (SetLimit(CoreSize, in none) != 0 || Control(SetDumpable, 0, 0, 0, 0) != 0)
            throw new MemoryImageException($"core dumps cannot be disabled: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        private readonly nuint soft;
        private readonly nuint hard;
    }
}
