using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// No secret is sent before the audit durably records its recipient: every message with a credential is checked here first. A caller whose revision
/// is known to be recorded passes immediately; the others wait for a shared entry.
/// </summary>
/// <remarks>The memory belongs to this server and process, and is cleared when it grows too large: disclosures are then recorded again.</remarks>
internal sealed class Disclosures(DisclosureWriter writer, ServiceMetrics metrics, BackgroundWork work)
{
    /// <summary>Callers remembered across all tenants.</summary>
    private const int MaxRemembered = 250_000;

    private readonly ConcurrentDictionary<TenantId, TenantDisclosures> tenants = new();
    private int remembered;

    /// <summary>For a stream: whether the disclosure of the revision to the caller is durable. If not, recording it begins.</summary>
    /// <param name="tenant">The tenant whose credential is sent.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="to">The caller and its call.</param>
    /// <param name="streams">1, or 0 if <see cref="Announce"/> has counted the stream.</param>
    /// <param name="then">Called when it is durable, on any thread, until <see cref="Leave"/>; it must only take note.</param>
    public bool IsDurable(TenantId tenant, long revision, Origin to, int streams, Action<TenantId> then) =>
        Join(Of(tenant), revision, to, streams, then) is null;

    /// <summary>For many streams at once: begins to record the disclosure of a revision to callers for which it is not durable.</summary>
    /// <param name="tenant">The tenant whose credential is sent.</param>
    /// <param name="revision">The revision.</param>
    /// <param name="callers">Each caller and its call, and the number of its streams.</param>
    /// <param name="then">Called when it is durable for some of them, as above.</param>
    /// <returns>For which callers it is durable.</returns>
    public TenantDisclosures Announce(TenantId tenant, long revision, IEnumerable<(Origin To, int Streams)> callers, Action<TenantId> then)
    {
        var found = Of(tenant);
        metrics.Repeated(found.Announce(revision, callers, then, (begun, wait) => Begin(found, begun, wait)));
        return found;
    }

    /// <summary>For a single call: waits until the disclosure is durable.</summary>
    /// <exception cref="Store.StoreUnavailableException">The store does not accept it now.</exception>
    public Task DurableAsync(TenantId tenant, long revision, Origin to, CancellationToken cancellationToken) =>
        Join(Of(tenant), revision, to, streams: 1, then: null)?.FirstAttempt.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The tenant's list cannot accept an entry until it has been restored.</summary>
    public bool IsDamaged(TenantId tenant) => tenants.TryGetValue(tenant, out var found) && found.IsDamaged;

    /// <summary>A stream ends, or no longer needs to be notified.</summary>
    public void Leave(TenantId tenant, Action<TenantId> then)
    {
        if (tenants.TryGetValue(tenant, out var found))
            found.Leave(then);
    }

    private TenantDisclosures Of(TenantId tenant) => tenants.GetOrAdd(tenant, static id => new TenantDisclosures(id));

    private DisclosureBatch? Join(TenantDisclosures found, long revision, Origin to, int streams, Action<TenantId>? then)
    {
        var batch = found.Join(revision, to, streams, then, (begun, wait) => Begin(found, begun, wait));
        if (batch is null)
            metrics.Repeated(streams);
        return batch;
    }

    private void Begin(TenantDisclosures found, DisclosureBatch begun, TimeSpan wait) =>
        _ = Task.Run(() => work.TryAsync(nameof(Disclosures), () => WriteAsync(found, begun, wait)));

    private async Task WriteAsync(TenantDisclosures tenant, DisclosureBatch batch, TimeSpan wait)
    {
        if (Interlocked.Add(ref remembered, await writer.RunAsync(tenant, batch, wait)) <= MaxRemembered)
            return;
        tenants.Clear();
        Volatile.Write(ref remembered, 0);
    }
}
