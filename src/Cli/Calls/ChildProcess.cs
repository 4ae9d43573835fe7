using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using GrpcCreds.Client;

namespace GrpcCreds.Cli.Calls;

/// <summary>A command that runs with a session in its environment, and receives the signals that this process receives.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const int NotFound = 127;
    private const int Kill = 9;
    private const int Terminate = 15;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly string[] command;
    private readonly PosixSignalRegistration[] signals;
    private Process? process;

    public ChildProcess(string[] command)
    {
        this.command = command;
        signals =
        [
            // A terminal sends these two to the command as well.
            PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Forward(signal, 2, isFromTerminal: !Console.IsInputRedirected)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, signal => Forward(signal, 3, isFromTerminal: !Console.IsInputRedirected)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Forward(signal, Terminate, isFromTerminal: false)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Forward(signal, 1, isFromTerminal: false)),
        ];
    }

    /// <exception cref="CommandFailedException">There is no such program.</exception>
    public void Start(SalesforceSession session)
    {
        var start = new ProcessStartInfo(command[0], command[1..]);
        start.Environment["SALESFORCE_ACCESS_TOKEN"] = session.RevealAccessToken();
        start.Environment["SALESFORCE_INSTANCE_URL"] = session.InstanceUrl;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException(NotFound, $"{command[0]} cannot be started (error {e.NativeErrorCode}).");
        }
    }

    /// <summary>Waits for its end. Killed by a signal: 128 and the signal's number.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await process!.WaitForExitAsync(CancellationToken.None);
        return process.ExitCode;
    }

    /// <summary>Asks it to end, and kills it if it does not.</summary>
    public async Task StopAsync()
    {
        Send(Terminate);
        try
        {
            await process!.WaitForExitAsync(CancellationToken.None).WaitAsync(Grace);
        }
        catch (TimeoutException)
        {
            Send(Kill);
            await process!.WaitForExitAsync(CancellationToken.None);
        }
    }

    public void Dispose()
    {
        foreach (var signal in signals)
            signal.Dispose();
        process?.Dispose();
    }

    private void Forward(PosixSignalContext context, int number, bool isFromTerminal)
    {
        context.Cancel = true;
        if (!isFromTerminal)
            Send(number);
    }

    private void Send(int signal)
    {
        if (process is not { HasExited: false } running)
            return;
        if (OperatingSystem.IsWindows())
            running.Kill();
        else
            _ = SendSignal(running.Id, signal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
