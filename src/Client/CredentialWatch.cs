using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrpcCreds.Client;

/// <summary>
/// Keeps the credentials of any number of tenants current: returns a <see cref="CredentialSource"/> for each tenant and updates all of them from one
/// stream per 1,000 tenants. Opens the first stream for the first tenant, reconnects without limit, and never throws into the application. One watch
/// per process is enough.
/// </summary>
public sealed partial class CredentialWatch : IAsyncDisposable, IDisposable
{
    internal const string WasDisposed = "the watch was disposed";
    private const string WasReleased = "the tenant was released";

    private readonly Lock gate = new();
    private readonly Dictionary<string, (CredentialSource Source, WatchStream Stream)> tenants = new(StringComparer.Ordinal);
    private readonly List<(WatchStream Stream, Task Running)> streams = [];
    private readonly CancellationTokenSource stopping = new();
    private readonly GrpcCredsClientOptions options;
    private readonly ClientMetrics metrics;
    private readonly ILogger log;
    private bool disposed;

    /// <summary>Creates a watch. Nothing is sent before the first <see cref="For"/>.</summary>
    /// <param name="options">Where to connect, and as which caller. The watch copies them.</param>
    /// <param name="loggerFactory">Receives the watch's few log lines, which contain no secrets. null: nothing is logged.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names all wrong settings.</exception>
    public CredentialWatch(GrpcCredsClientOptions options, ILoggerFactory? loggerFactory = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var problems = string.Join("; ", OptionsRules.Problems(options));
        if (problems.Length > 0)
            throw new ArgumentException(problems, nameof(options));
        this.options = options.Copy();
        metrics = new ClientMetrics(CountStates);
        log = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<CredentialWatch>();
    }

    /// <summary>
    /// Returns the source of a tenant: the same object for the same tenant until it is released. The first call for a tenant starts to watch it and
    /// does not wait. On a disposed watch the source is <see cref="SourceState.Stopped"/>.
    /// </summary>
    /// <param name="tenantId">1 to 63 of a-z, 0-9 and '-', neither first nor last '-'.</param>
    /// <exception cref="ArgumentException">The text is not a tenant id.</exception>
    public CredentialSource For(string tenantId)
    {
        CheckTenantId(tenantId);
        lock (gate)
        {
            if (tenants.TryGetValue(tenantId, out var known))
                return known.Source;
            if (disposed)
                return new CredentialSource(tenantId, options.TimeProvider, metrics, WasDisposed);
            var source = new CredentialSource(tenantId, options.TimeProvider, metrics);
            tenants.Add(tenantId, (source, Join_NeedsLock(source)));
            return source;
        }
    }

    /// <summary>
    /// Stops watching a tenant that this process no longer needs; its source becomes <see cref="SourceState.Stopped"/>. A later <see cref="For"/>
    /// starts again with a new source. Reports to the service that this node leaves the tenant.
    /// </summary>
    /// <param name="tenantId">The tenant.</param>
    /// <returns>false if it was not watched.</returns>
    public bool Release(string tenantId)
    {
        lock (gate)
        {
            if (!tenants.Remove(tenantId, out var released))
                return false;
            released.Stream.Remove(released.Source);
            released.Source.Update(now => now with { StopReason = WasReleased });
            return true;
        }
    }

    /// <summary>Stops all sources and ends all streams. Does not wait for the report to the service or for the connections to close.</summary>
    public void Dispose() => _ = StopAsync();

    /// <summary>
    /// Stops all sources and ends all streams and connections. Reports to the service that this node leaves, so that no rollout waits for it. Takes at
    /// most 2 s.
    /// </summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    internal ClientMetrics Metrics => metrics;

    internal static void CheckTenantId(string tenantId)
    {
        ArgumentNullException.ThrowIfNull(tenantId);
        if (!TenantId().IsMatch(tenantId))
            throw new ArgumentException("a tenant id is 1 to 63 of a-z, 0-9 and '-', neither first nor last '-'", nameof(tenantId));
    }

    /// <summary>The number of tenants in each state; every state has an entry.</summary>
    internal IReadOnlyDictionary<SourceState, int> CountStates()
    {
        var counts = Enum.GetValues<SourceState>().ToDictionary(state => state, _ => 0);
        lock (gate)
            foreach (var (source, _) in tenants.Values)
                counts[source.State]++;
        return counts;
    }

    private async Task StopAsync()
    {
        Task[] running;
        lock (gate)
        {
            disposed = true;
            running = [.. streams.Select(stream => stream.Running)];
        }
        await stopping.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(running).ConfigureAwait(false);
        metrics.Dispose();
    }

    private WatchStream Join_NeedsLock(CredentialSource source)
    {
        foreach (var (open, _) in streams)
            if (open.TryAdd(source))
                return open;
        streams.RemoveAll(one => one.Running.IsCompleted);
        // The stream outlives the caller and must not inherit the caller's context, such as the trace of a request.
        using (ExecutionContext.SuppressFlow())
        {
            var stream = new WatchStream(options, metrics, log);
            stream.TryAdd(source);
            streams.Add((stream, Task.Run(() => stream.RunAsync(stopping.Token))));
            return stream;
        }
    }

    [GeneratedRegex(@"\A[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex TenantId();
}
