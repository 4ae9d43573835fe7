using GrpcCreds.Server.Tenants.Model;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Salesforce.Http;

/// <summary>
/// Protects Salesforce's login hosts: the service limits its own concurrent calls to each host, and pauses them for a host that is overloaded or down.
/// Requests by an administrator are not delayed here.
/// </summary>
internal sealed class HostLimiter(IOptions<SalesforceOptions> options, TimeProvider clock)
{
    /// <summary>After this a tenant that finds no place is looked at anew: its session or a setup may have ended meanwhile.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>The number of hosts to remember before those that are no longer needed are removed.</summary>
    private const int FirstSweep = 1000;

    private readonly Dictionary<string, Host> hosts = new(StringComparer.Ordinal);
    private int sweepAt = FirstSweep;

    /// <summary>The number of hosts in use or with a recent failure; administrators may name any number of hosts.</summary>
    public int Count
    {
        get
        {
            lock (hosts)
                return hosts.Count;
        }
    }

    /// <summary>Waits for a permit and for the end of the host's pause.</summary>
    /// <param name="url">Scheme and host.</param>
    /// <param name="patience">The maximum wait: while it waits, the worker does not notice what else has become due.</param>
    /// <param name="cancellationToken">Cancelled when nothing new must be started.</param>
    /// <returns>The permit, which is returned by disposing it; null if none was free in time.</returns>
    public async Task<Permit?> EnterAsync(string url, TimeSpan patience, CancellationToken cancellationToken)
    {
        var host = Begin(url);
        Permit? permit = null;
        try
        {
            return await EnterAsync(host, patience, cancellationToken) ? permit = new Permit(this, url, host) : null;
        }
        finally
        {
            if (permit is null)
                End(url, host);
        }
    }

    private async Task<bool> EnterAsync(Host host, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var given = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(given.Token, cancellationToken);
        try
        {
            await host.Places.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        var entered = false;
        try
        {
            while (host.PausedUntil - clock.GetUtcNow() is { Ticks: > 0 } left)
                await Task.Delay(left, clock, either.Token);
            return entered = true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            if (!entered)
                host.Places.Release();
        }
    }

    private Host Begin(string url)
    {
        lock (hosts)
        {
            if (!hosts.TryGetValue(url, out var host))
            {
                if (hosts.Count >= sweepAt)
                    Sweep_NeedsLock();
                hosts[url] = host = new(options.Value.RenewalsPerHost);
            }
            host.Users++;
            return host;
        }
    }

    private void End(string url, Host host)
    {
        lock (hosts)
        {
            if (--host.Users == 0 && !IsRemembered(host))
                hosts.Remove(url);
        }
    }

    // Rare enough that each host is checked only a few times in total, however many there are.
    private void Sweep_NeedsLock()
    {
        foreach (var (url, host) in hosts)
        {
            if (host.Users == 0 && !IsRemembered(host))
                hosts.Remove(url);
        }
        sweepAt = Math.Max(FirstSweep, 2 * hosts.Count);
    }

    // The number of failures determines the length of the pause after the next failure.
    private bool IsRemembered(Host host) => host.Failures > 0 && clock.GetUtcNow() < host.PausedUntil + LongestPause;

    private void Report(Host host, Failure? failure)
    {
        lock (host)
        {
            host.Failures = failure is { IsUndecided: true } ? host.Failures + 1 : 0;
            if (host.Failures > 0)
                host.PausedUntil = clock.GetUtcNow() + Backoff.SpreadAfter(host.Failures, FirstPause, LongestPause);
        }
    }

    /// <summary>The right to make one call.</summary>
    public sealed class Permit(HostLimiter gate, string url, object host) : IDisposable
    {
        private int given;

        /// <summary>Reports the result of the call, which determines when the next one may be made.</summary>
        public void Report(Failure? failure) => gate.Report((Host)host, failure);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref given, 1) != 0)
                return;
            ((Host)host).Places.Release();
            gate.End(url, (Host)host);
        }
    }

    private sealed class Host(int places)
    {
        private long pausedUntil;

        public SemaphoreSlim Places { get; } = new(places);

        /// <summary>The number of calls that hold a permit or wait for one.</summary>
        public int Users { get; set; }

        public int Failures { get; set; }

        public DateTimeOffset PausedUntil
        {
            get => new(Volatile.Read(ref pausedUntil), TimeSpan.Zero);
            set => Volatile.Write(ref pausedUntil, value.UtcTicks);
        }
    }
}
