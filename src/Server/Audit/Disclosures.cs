using System.Collections.Concurrent;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// Nothing secret leaves before the audit durably says to which caller: asked before every message with a credential. Of whom it is known that a
/// revision was recorded, it is let pass at once; the others wait for one entry that they share.
/// </summary>
/// <remarks>What is known is of this server and process, and forgotten as a whole when it grows too large: then it is recorded again.</remarks>
internal sealed class Disclosures(DisclosureWriter writer, ServiceMetrics metrics, BackgroundWork work)
{
    /// <summary>Callers remembered over all tenants.</summary>
    private const int MaxRemembered = 250_000;

    private readonly ConcurrentDictionary<TenantId, TenantDisclosures> tenants = new();
    private int remembered;

    /// <summary>For a stream: whether it is durable that the caller is sent the revision. If not, it is being made so.</summary>
    /// <param name="tenant">Whose credential.</param>
    /// <param name="revision">Which.</param>
    /// <param name="to">To which caller, and by which call.</param>
    /// <param name="then">Called when it is durable, from any thread, until <see cref="Leave"/>; it must only take note.</param>
    public bool IsDurable(TenantId tenant, long revision, Origin to, Action<TenantId> then) => Join(tenant, revision, to, then) is null;

    /// <summary>For who asks once: waits until it is durable.</summary>
    /// <exception cref="Store.StoreUnavailableException">The store does not take it now.</exception>
    public Task DurableAsync(TenantId tenant, long revision, Origin to, CancellationToken cancellationToken) =>
        Join(tenant, revision, to, then: null)?.FirstAttempt.WaitAsync(cancellationToken) ?? Task.CompletedTask;

    /// <summary>The tenant's list cannot take an entry before somebody has restored it.</summary>
    public bool IsDamaged(TenantId tenant) => tenants.TryGetValue(tenant, out var found) && found.IsDamaged;

    /// <summary>A stream ends, or is no longer to be told.</summary>
    public void Leave(TenantId tenant, Action<TenantId> then)
    {
        if (tenants.TryGetValue(tenant, out var found))
            found.Leave(then);
    }

    private DisclosureBatch? Join(TenantId tenant, long revision, Origin to, Action<TenantId>? then)
    {
        var found = tenants.GetOrAdd(tenant, static id => new TenantDisclosures(id));
        var batch = found.Join(
            revision, to, then, (begun, wait) => _ = Task.Run(() => work.TryAsync(nameof(Disclosures), () => WriteAsync(found, begun, wait))));
        if (batch is null)
            metrics.Repeated();
        return batch;
    }

    private async Task WriteAsync(TenantDisclosures tenant, DisclosureBatch batch, TimeSpan wait)
    {
        if (Interlocked.Add(ref remembered, await writer.RunAsync(tenant, batch, wait)) <= MaxRemembered)
            return;
        tenants.Clear();
        Volatile.Write(ref remembered, 0);
    }
}
