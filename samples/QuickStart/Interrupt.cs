using System.Runtime.InteropServices;

namespace GrpcCreds.QuickStart;

/// <summary>Ctrl+C, a closed terminal or kill: each ends the process cleanly, so that the temporary directory is removed.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource source = new();
    private readonly List<PosixSignalRegistration> registrations = [];

    public Interrupt()
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT })
            registrations.Add(PosixSignalRegistration.Create(signal, Take));
    }

    public CancellationToken Token => source.Token;

    /// <summary>Waits for an interrupt.</summary>
    public async Task WaitAsync() => await Task.Delay(Timeout.Infinite, Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public void Dispose()
    {
        registrations.ForEach(registration => registration.Dispose());
        source.Dispose();
    }

    private void Take(PosixSignalContext context)
    {
        context.Cancel = true;
        source.Cancel();
    }
}
