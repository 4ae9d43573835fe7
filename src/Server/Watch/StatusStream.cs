using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Following;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// One stream of statuses: first the status of every tenant, then <c>synced</c>, then each status that changes. For each tenant it keeps what it sent last
/// and whether there is something newer, never a queue. Changes to the caller's rights take effect at once.
/// </summary>
internal sealed class StatusStream<T>(
    Caller caller, StatusScope scope, View view, TenantRecords tenantRecords, TenantList list, StoreHealth health,
    IStatusMessages<T> messages, StreamWriter<T> writer) : IDisposable
    where T : class
{
    private const int Page = 100;

    private readonly Mailbox mailbox = new();
    private readonly Dictionary<TenantId, Watched> watched = [];
    private readonly HashSet<TenantId> notPermitted = [];
    private int waitedFor;
    private bool synced;
    private bool rightsDue;
    private bool heartbeatDue;

    /// <summary>Ends when the caller may no longer see any tenant, or when everything it waits for is reached.</summary>
    public async Task<StreamEnd> RunAsync(TimeSpan? heartbeat, TimeProvider clock, CancellationToken cancellationToken)
    {
        // Subscribe first, read second: a change in between is sent afterwards.
        using var rights = caller.OnChange(RightsChanged);
        using var arrivals = scope.Named is null ? view.WatchNew(mailbox.Changed) : null;
        await using var timer = heartbeat is { } interval ? clock.CreateTimer(_ => BeatNow(), null, TimeSpan.Zero, interval) : null;
        await ReviewAsync(cancellationToken);
        if (IsOver() is { } atOnce)
            return atOnce;
        if (!scope.IsOne)
            await writer.WriteAsync(messages.Synced(), more: false, cancellationToken);
        synced = true;
        while (!(messages.EndsWhenAllHaveCome && waitedFor == 0))
        {
            await mailbox.WaitAsync(cancellationToken);
            if (Interlocked.Exchange(ref rightsDue, false))
                await ReviewAsync(cancellationToken);
            if (IsOver() is { } end)
                return end;
            // Read before the mailbox is emptied: everything known by then is in the mailbox and is sent before the heartbeat with this time.
            var asOf = health.AsOf;
            foreach (var tenant in mailbox.Take())
                await LookAtAsync(tenant, cancellationToken);
            if (Interlocked.Exchange(ref heartbeatDue, false))
                await writer.WriteAsync(messages.Heartbeat(asOf, watched.Keys.Where(IsStale)), more: false, cancellationToken);
        }
        return StreamEnd.Reached;
    }

    public void Dispose()
    {
        foreach (var one in watched.Values)
            one.Dispose();
    }

    private StreamEnd? IsOver() =>
        !caller.IsKnown ? StreamEnd.CallerUnknown
        : scope.Named is null ? (caller.May(Role.Viewer) ? null : StreamEnd.NotPermitted)
        : watched.Count > 0 ? null
        : StreamEnd.NotPermitted;

    private bool IsStale(TenantId tenant) => view.Held(tenant) is null or { IsUnreadable: true };

    // Adjusts the watched tenants to the caller's current rights.
    private async Task ReviewAsync(CancellationToken cancellationToken)
    {
        foreach (var tenant in watched.Keys.Concat(scope.Named ?? []).Distinct().ToList())
        {
            if (!caller.May(Role.Viewer, tenant))
                await ForbidAsync(tenant, cancellationToken);
        }
        foreach (var page in (scope.Named ?? list.Tenants())
            .Where(tenant => !watched.ContainsKey(tenant) && caller.May(Role.Viewer, tenant)).Order().Chunk(Page))
            await BeginAsync(page, cancellationToken);
    }

    private async Task ForbidAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (watched.Remove(tenant, out var one))
        {
            one.Dispose();
            waitedFor -= one.HasCome ? 0 : 1;
        }
        if (notPermitted.Add(tenant) && !scope.IsOne)
            await writer.WriteAsync(messages.NotPermitted(tenant), more: !synced, cancellationToken);
    }

    private async Task BeginAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        foreach (var tenant in tenants)
        {
            notPermitted.Remove(tenant);
            watched[tenant] = new Watched(view.Watch(tenant, mailbox.Changed));
            waitedFor++;
        }
        var snapshots = await Task.WhenAll(tenants.Select(tenant => ReadAsync(tenant, watched[tenant], cancellationToken)));
        // The last status of a page is flushed: the stream waits for a slow reader and does not buffer for it.
        for (var i = 0; i < snapshots.Length; i++)
        {
            if (snapshots[i] is { } snapshot)
                await SendAsync(snapshot, more: !synced && i < snapshots.Length - 1, cancellationToken);
        }
    }

    // An open stream survives an outage of the store: a status that cannot be read now is sent when the follower has read it.
    private async Task<RecordSnapshot?> ReadAsync(TenantId tenant, Watched one, CancellationToken cancellationToken)
    {
        one.Followed = await messages.FollowAsync(tenant, () => mailbox.Changed(tenant), cancellationToken);
        try
        {
            return await tenantRecords.WatchedAsync(tenant, cancellationToken);
        }
        catch (StoreDamagedException)
        {
            // The damage affects only this tenant; the others continue.
            return RecordSnapshot.Unreadable(tenant, null);
        }
        catch (StoreUnavailableException) when (synced)
        {
            return null;
        }
    }

    private async Task LookAtAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (watched.ContainsKey(tenant))
        {
            if (view.Held(tenant) is { } snapshot)
                await SendAsync(snapshot, more: false, cancellationToken);
        }
        else if (scope.Named is null && caller.May(Role.Viewer, tenant))
            await BeginAsync([tenant], cancellationToken);
    }

    private async Task SendAsync(RecordSnapshot snapshot, bool more, CancellationToken cancellationToken)
    {
        // An earlier write may have taken long and the right may be gone; the review sends NOT_PERMITTED.
        if (!caller.May(Role.Viewer, snapshot.Tenant))
            return;
        var one = watched[snapshot.Tenant];
        var next = messages.Of(snapshot);
        if (next.Equals(one.Sent))
            return;
        var hasCome = messages.HasCome(next);
        waitedFor += (one.HasCome ? 1 : 0) - (hasCome ? 1 : 0);
        (one.Sent, one.HasCome) = (next, hasCome);
        await writer.WriteAsync(next, more, cancellationToken);
    }

    private void RightsChanged()
    {
        Volatile.Write(ref rightsDue, true);
        mailbox.Ring();
    }

    private void BeatNow()
    {
        Volatile.Write(ref heartbeatDue, true);
        mailbox.Ring();
    }

    private sealed class Watched(IDisposable watch) : IDisposable
    {
        public IDisposable? Followed { get; set; }

        public T? Sent { get; set; }

        public bool HasCome { get; set; }

        public void Dispose()
        {
            watch.Dispose();
            Followed?.Dispose();
        }
    }
}
