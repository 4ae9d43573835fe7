using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace GrpcCreds.Tests.Support;

/// <summary>POSIX signals to processes that a test started.</summary>
internal static partial class Signals
{
    public const int HangUp = 1;
    public const int Interrupt = 2;
    public const int Quit = 3;
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    /// <summary>
    /// How to start a program so that it takes signals as one that a person starts does. A shell lets what it starts in the background ignore SIGINT and
    /// SIGQUIT, nohup SIGHUP; whatever that starts inherits it, and the runtime leaves a signal ignored that was so when it began.
    /// </summary>
    public static ProcessStartInfo Unignored(string file, IEnumerable<string> arguments) =>
        IsIgnoring(Interrupt, Terminate, HangUp, Quit) ? new("/usr/bin/env", ["--default-signal=INT,TERM,HUP,QUIT", file, .. arguments]) : new(file, arguments);

    // If the system does not report it, no signal is known to be ignored.
    private static bool IsIgnoring(params int[] signals) => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is { } line
        && ulong.Parse(line["SigIgn:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is var ignored
        && signals.Any(signal => (ignored & (1UL << (signal - 1))) != 0);

    public static void Send(int processId, int signal)
    {
        if (SendSignal(processId, signal) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}
