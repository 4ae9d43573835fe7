using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrpcCreds.Client;

/// <summary>
/// Keeps the credentials of any number of tenants current: hands out a <see cref="CredentialSource"/> per tenant and feeds all of them from one stream per
/// 1,000 tenants. Opens the first stream with the first tenant, reconnects for ever, and never throws into the application. One per process is enough.
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

    /// <summary>Makes a watch. Nothing is sent before the first <see cref="For"/>.</summary>
    /// <param name="options">Where, and as which caller. Copied.</param>
    /// <param name="loggerFactory">Takes the watch's few log lines; they contain no secrets. null: nothing is logged.</param>
    /// <exception cref="ArgumentException">A setting is wrong; the message names all that are.</exception>
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
    /// The source of a tenant, the same object for the same tenant until it is released. The first call for a tenant begins to watch it and does not wait.
    /// On a disposed watch the source is <see cref="SourceState.Stopped"/>.
    /// </summary>
    /// <param name="tenantId">1 to 63 of a-z, 0-9 and '-', neither first nor last '-'.</param>
    /// <exception cref="ArgumentException">That is no tenant id.</exception>
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
    /// Stops watching a tenant that nobody in this process needs any more; its source becomes <see cref="SourceState.Stopped"/>. A later <see cref="For"/>
    /// begins anew with a new source. The service is told that this node leaves the tenant.
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

    /// <summary>Stops all sources and ends all streams, without waiting until the service has been told and the connections are closed.</summary>
    public void Dispose() => _ = StopAsync();

    /// <summary>
    /// Stops all sources and ends all streams and connections. Tells the service that this node leaves, so that no rollout waits for it, for 2 s at most.
    /// </summary>
    public async ValueTask DisposeAsync() => await StopAsync().ConfigureAwait(false);

    internal ClientMetrics Metrics => metrics;

    internal static void CheckTenantId(string tenantId)
    {
        ArgumentNullException.ThrowIfNull(tenantId);
        if (!TenantId().IsMatch(tenantId))
            throw new ArgumentException("a tenant id is 1 to 63 of a-z, 0-9 and '-', neither first nor last '-'", nameof(tenantId));
    }

    /// <summary>How many tenants are in each state; every state is named.</summary>
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
        // The stream outlives the caller: nothing of its context, such as the request's trace, may follow.
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
