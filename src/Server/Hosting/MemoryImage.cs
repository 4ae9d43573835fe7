using System.Runtime.InteropServices;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Keeps what is in this process's memory there: no core dump is written, no other process of this user may look into it, and the runtime opens no
/// diagnostics socket, through which whoever may use it takes a dump. For the service's own process, outside Development.
/// </summary>
internal static partial class MemoryImage
{
    // Of prctl and setrlimit; the same on every Linux we run on.
    private const int SetDumpable = 4;
    private const int CoreSize = 4;

    /// <exception cref="MemoryImageException">The runtime was started so that it gives its memory away, or the kernel refuses.</exception>
    public static void Protect()
    {
        // The runtime has read them before any code of ours runs, so all we can do is to refuse.
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "0")
            throw new MemoryImageException("DOTNET_EnableDiagnostics must be 0 in the environment that starts the service, outside Development: who can use the runtime's diagnostics socket can read every secret");
        if (Environment.GetEnvironmentVariable("DOTNET_DbgEnableMiniDump") is not (null or "" or "0"))
            throw new MemoryImageException("DOTNET_DbgEnableMiniDump must not be set in the environment that starts the service, outside Development: a dump holds every secret");
        if (!OperatingSystem.IsLinux())
            return;
        var none = default(Limit);
        if (SetLimit(CoreSize, in none) != 0 || Control(SetDumpable, 0, 0, 0, 0) != 0)
            throw new MemoryImageException($"core dumps cannot be switched off: {Marshal.GetLastPInvokeErrorMessage()}");
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
