using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Credentials;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// One stream of a node, and which revision of each tenant it holds: the present state of every tenant, then <c>synced</c>, then every change,
/// and a heartbeat at each interval. Revisions of a tenant only grow.
/// </summary>
internal sealed class ActiveStream(View view, CurrentReader current, StoreHealth health, StreamWriter<WatchActiveCredentialResponse> writer) : IDisposable
{
    private const int Page = 100;

    private static readonly WatchActiveCredentialResponse Synced = new() { Synced = new Synced() };

    private readonly Mailbox mailbox = new();
    private readonly List<IDisposable> watches = [];
    private readonly Dictionary<TenantId, long> held = [];
    private readonly HashSet<TenantId> unreadable = [];

    /// <summary>Tenants whose first message waits for a session that is being renewed.</summary>
    private readonly HashSet<TenantId> awaited = [];

    private bool synced;
    private bool renewalIsLate;
    private bool heartbeatDue;

    public async Task SyncAsync(IReadOnlyList<WatchedRevision> tenants, CancellationToken cancellationToken)
    {
        // Subscribe first, read second: what changes in between is sent afterwards.
        foreach (var (tenant, knownRevision) in tenants)
        {
            held[tenant] = current.Plausible(knownRevision);
            watches.Add(view.Watch(tenant, mailbox.Changed));
        }
        awaited.UnionWith(held.Keys);
        foreach (var page in held.ToArray().Chunk(Page))
        {
            foreach (var reading in await Task.WhenAll(page.Select(tenant => current.ReadAsync(new(tenant.Key, tenant.Value), cancellationToken))))
                await SendFirstAsync(reading, more: true, cancellationToken);
        }
        await SendSyncedAsync(cancellationToken);
    }

    public async Task FollowAsync(TimeSpan heartbeat, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var patience = clock.CreateTimer(_ => GiveUp(), null, CurrentReader.RenewalPatience, Timeout.InfiniteTimeSpan);
        await using var timer = clock.CreateTimer(_ => BeatNow(), null, TimeSpan.Zero, heartbeat);
        while (true)
        {
            await mailbox.WaitAsync(cancellationToken);
            // Before the mailbox is emptied: what was known by then lies in it and goes out before the heartbeat that says so.
            var asOf = health.AsOf;
            foreach (var tenant in mailbox.Take())
            {
                if (view.Held(tenant) is not { } reading)
                    continue;
                if (awaited.Contains(tenant))
                    await SendFirstAsync(reading, more: false, cancellationToken);
                else
                    await SendIfNewAsync(reading, first: false, more: false, cancellationToken);
            }
            await SendSyncedAsync(cancellationToken);
            if (Interlocked.Exchange(ref heartbeatDue, false))
                await BeatAsync(asOf, cancellationToken);
        }
    }

    public void Dispose()
    {
        foreach (var watch in watches)
            watch.Dispose();
    }

    private async Task SendFirstAsync(Reading reading, bool more, CancellationToken cancellationToken)
    {
        if (current.IsBeingRenewed(reading) && !Volatile.Read(ref renewalIsLate))
            return;
        awaited.Remove(reading.Tenant);
        await SendIfNewAsync(reading, first: true, more, cancellationToken);
    }

    private async Task SendIfNewAsync(Reading reading, bool first, bool more, CancellationToken cancellationToken)
    {
        var tenant = reading.Tenant;
        var message = ActiveMessages.Of(reading);
        var revision = ActiveMessages.RevisionOf(message);
        var isNew = reading.IsUnreadable ? unreadable.Add(tenant) : revision > held[tenant] || (first && held[tenant] == 0);
        if (!reading.IsUnreadable)
            unreadable.Remove(tenant);
        if (!isNew)
            return;
        held[tenant] = Math.Max(held[tenant], revision);
        await writer.WriteAsync(message, more, cancellationToken);
    }

    private async Task SendSyncedAsync(CancellationToken cancellationToken)
    {
        if (synced || awaited.Count > 0)
            return;
        synced = true;
        await writer.WriteAsync(Synced, more: false, cancellationToken);
    }

    // A renewal took too long: what there is, is sent.
    private void GiveUp()
    {
        Volatile.Write(ref renewalIsLate, true);
        foreach (var tenant in held.Keys)
            mailbox.Changed(tenant);
    }

    private void BeatNow()
    {
        Volatile.Write(ref heartbeatDue, true);
        mailbox.Ring();
    }

    // Stale is a tenant whose record this server cannot read, and one whose caller was shown a newer revision than the store has left.
    private async Task BeatAsync(DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var beat = new Heartbeat { AsOf = asOf.ToTimestamp() };
        foreach (var (tenant, revision) in held)
        {
            if (view.Held(tenant) is not { IsUnreadable: false } reading || reading.Record.Revision < revision)
                beat.StaleTenantIds.Add(tenant.ToString());
        }
        await writer.WriteAsync(new() { Heartbeat = beat }, more: false, cancellationToken);
        if (health.IsFresh)
            await RecoverAsync(cancellationToken);
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var wentBack = held.Where(tenant => view.Held(tenant.Key) is { IsUnreadable: false } reading && reading.Record.Revision < tenant.Value).ToList();
        foreach (var (tenant, revision) in wentBack)
        {
            if (await current.TryReadAsync(new(tenant, revision), cancellationToken) is { } reading)
                await SendIfNewAsync(reading, first: false, more: false, cancellationToken);
        }
    }
}
