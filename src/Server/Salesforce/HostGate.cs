using System.Collections.Concurrent;
using GrpcCreds.Server.Credentials;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce;

/// <summary>
/// Good manners towards Salesforce's login hosts: of what the service does by itself only so much goes to one host at once, and a host that is
/// overloaded or down is left alone for a while. What an administrator asks for is not held up here.
/// </summary>
internal sealed class HostGate(IOptions<SalesforceOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Host> hosts = new(StringComparer.Ordinal);

    /// <summary>Waits for a place, and for the end of the host's pause.</summary>
    /// <param name="url">Scheme and host.</param>
    /// <param name="patience">How long: who waits here does not notice meanwhile what else has become due.</param>
    /// <param name="cancellationToken">Nothing is begun any more.</param>
    /// <returns>The place, disposing gives it back; null if there was none in time.</returns>
    public async Task<Place?> EnterAsync(string url, TimeSpan patience, CancellationToken cancellationToken)
    {
        var host = hosts.GetOrAdd(url, _ => new Host(options.Value.RenewalsPerHost));
        using var given = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(given.Token, cancellationToken);
        try
        {
            await host.Places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        try
        {
            while (host.PausedUntil - clock.GetUtcNow() is { Ticks: > 0 } left)
                await Task.Delay(left, clock, either.Token);
            return new Place(this, host);
        }
        catch (OperationCanceledException)
        {
            host.Places.Release();
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private void Report(Host host, Failure? failure)
    {
        lock (host)
        {
            host.Failures = failure is { IsUndecided: true } ? host.Failures + 1 : 0;
            if (host.Failures > 0)
                host.PausedUntil = clock.GetUtcNow() + (Backoff.After(host.Failures, FirstPause, LongestPause) * (0.5 + Random.Shared.NextDouble()));
        }
    }

    /// <summary>The right to make one call.</summary>
    public sealed class Place(HostGate gate, object host) : IDisposable
    {
        /// <summary>How the call went: it decides when the next one may be made.</summary>
        public void Report(Failure? failure) => gate.Report((Host)host, failure);

        public void Dispose() => ((Host)host).Places.Release();
    }

    private sealed class Host(int places)
    {
        private long pausedUntil;

        public SemaphoreSlim Places { get; } = new(places);

        public int Failures { get; set; }

        public DateTimeOffset PausedUntil
        {
            get => new(Volatile.Read(ref pausedUntil), TimeSpan.Zero);
            set => Volatile.Write(ref pausedUntil, value.UtcTicks);
        }
    }
}
