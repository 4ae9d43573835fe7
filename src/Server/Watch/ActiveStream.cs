using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// One stream of a node, and the revision of each tenant that the node holds. It sends the current state of every tenant, then <c>synced</c>, then
/// every change, and a heartbeat at each interval. A tenant's revisions only grow. A tenant that the caller may not read is reported as NOT_PERMITTED
/// and never read. Granted and revoked rights take effect immediately.
/// </summary>
internal sealed class ActiveStream(
    Caller caller, View view, CurrentReader current, ActiveMessages messages, StoreHealth health, StreamObserver observer, Audiences audiences,
    Disclosures disclosures, StreamWriter<WatchActiveCredentialResponse> writer) : IDisposable
{
    private const int Page = 100;

    /// <summary>How long a heartbeat is delayed until a disclosure is recorded: a working store needs less. Real time.</summary>
    private static readonly TimeSpan DisclosurePatience = TimeSpan.FromSeconds(1);

    private static readonly WatchActiveCredentialResponse Synced = new() { Synced = new Synced() };

    private readonly Mailbox mailbox = new();
    private readonly Origin origin = Origin.Of(caller.Name, caller.From, nameof(SyncCredentials.SyncCredentialsBase.WatchActiveCredential));
    private readonly Dictionary<TenantId, Listener> listening = [];
    private readonly Dictionary<TenantId, long> held = [];

    /// <summary>The revisions that the caller claims to hold, for tenants not read yet: only then can a claim be verified.</summary>
    private readonly Dictionary<TenantId, WatchedRevision> claims = [];
    private readonly HashSet<TenantId> notPermitted = [];
    private readonly HashSet<TenantId> unreadable = [];

    /// <summary>Tenants whose first message is not sent yet. It waits for a session that is being renewed.</summary>
    private readonly HashSet<TenantId> awaited = [];

    /// <summary>Tenants whose newest message waits until the audit records its disclosure to this caller.</summary>
    private readonly HashSet<TenantId> undisclosed = [];

    /// <summary>
    /// Tenants whose stream is known to the node registry: those that have something to send. Tenant ids that were never configured cost nothing there.
    /// </summary>
    private readonly HashSet<TenantId> attended = [];

    /// <summary>Since when a heartbeat waits for a message that is about to be sent.</summary>
    private long? delayedSince;
    private bool synced;
    private bool renewalIsLate;
    private bool heartbeatDue;
    private bool rightsDue;
    private IReadOnlyList<WatchedRevision> tenants = [];
    private IDisposable? rights;

    /// <returns>false if the caller may watch none of the tenants.</returns>
    public async Task<bool> SyncAsync(IReadOnlyList<WatchedRevision> asked, CancellationToken cancellationToken)
    {
        // Subscribe first, then read: changes in between are sent afterwards.
        tenants = asked;
        rights = caller.OnChange(RightsChanged);
        var any = await ReviewAsync(tenant => tenant, cancellationToken);
        await SendSyncedAsync(cancellationToken);
        return any;
    }

    /// <summary>Completes only when the caller may not watch any tenant any more.</summary>
    public async Task FollowAsync(TimeSpan heartbeat, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var patience =
            awaited.Count == 0 ? null : clock.CreateTimer(_ => GiveUp(), null, CurrentReader.RenewalPatience, Timeout.InfiniteTimeSpan);
        await using var timer = clock.CreateTimer(_ => BeatNow(), null, TimeSpan.Zero, heartbeat);
        while (true)
        {
            await mailbox.WaitAsync(cancellationToken);
            // First, so that nothing is sent that may no longer be read. After NOT_PERMITTED the caller holds nothing of that tenant.
            if (Interlocked.Exchange(ref rightsDue, false) && !await ReviewAsync(tenant => new(tenant.Tenant, 0, default), cancellationToken))
                return;
            // Before the mailbox is emptied: it contains all changes known by then, and they are sent before the heartbeat with this time.
            var asOf = health.AsOf;
            foreach (var tenant in mailbox.Take())
            {
                if (!held.ContainsKey(tenant) || view.Held(tenant) is not { } snapshot)
                    continue;
                if (awaited.Contains(tenant))
                    await SendFirstAsync(snapshot, more: false, cancellationToken);
                else
                    await SendIfNewAsync(snapshot, first: false, more: false, cancellationToken);
            }
            await SendSyncedAsync(cancellationToken);
            if (Volatile.Read(ref heartbeatDue) && !MayCatchUp())
            {
                Volatile.Write(ref heartbeatDue, false);
                await BeatAsync(asOf, cancellationToken);
            }
        }
    }

    public void Dispose()
    {
        rights?.Dispose();
        foreach (var (tenant, listener) in listening)
            audiences.Leave(tenant, listener);
        foreach (var tenant in attended)
            observer.Ends(tenant);
        foreach (var tenant in undisclosed)
            disclosures.Leave(tenant, mailbox.Changed);
    }

    // Matches the watched tenants to the caller's rights; returns whether any tenant remains.
    private async Task<bool> ReviewAsync(Func<WatchedRevision, WatchedRevision> claimed, CancellationToken cancellationToken)
    {
        var begun = new List<WatchedRevision>();
        foreach (var asked in tenants)
        {
            if (!caller.May(Role.Node, asked.Tenant))
                await ForbidAsync(asked.Tenant, cancellationToken);
            else if (!held.ContainsKey(asked.Tenant))
                begun.Add(claimed(asked));
        }
        // One delegate for all watches.
        Action<TenantId> changed = mailbox.Changed;
        foreach (var claim in begun)
        {
            var tenant = claim.Tenant;
            notPermitted.Remove(tenant);
            held[tenant] = claim.KnownRevision;
            if (claim.KnownRevision > 0)
                claims[tenant] = claim;
            awaited.Add(tenant);
            listening[tenant] = audiences.Join(tenant, origin, changed);
        }
        foreach (var page in begun.Chunk(Page))
        {
            var snapshots = (await Task.WhenAll(page.Select(tenant => ReadAsync(tenant, cancellationToken)))).OfType<RecordSnapshot>().ToList();
            // The last message of a page is flushed: a caller that does not read delays the next page, which is not buffered for it.
            for (var i = 0; i < snapshots.Count; i++)
                await SendFirstAsync(snapshots[i], more: !synced && i < snapshots.Count - 1, cancellationToken);
        }
        return held.Count > 0;
    }

    // An open stream survives an outage of the store: what cannot be read now is sent when the follower has read it.
    private async Task<RecordSnapshot?> ReadAsync(WatchedRevision tenant, CancellationToken cancellationToken)
    {
        try
        {
            return synced ? await current.TryReadAsync(tenant, caller, cancellationToken) : await current.ReadAsync(tenant, caller, cancellationToken);
        }
        catch (StoreDamagedException)
        {
            // Only this tenant is affected; the others continue.
            return RecordSnapshot.Unreadable(tenant.Tenant, null);
        }
    }

    private async Task ForbidAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        if (!notPermitted.Add(tenant))
            return;
        if (listening.Remove(tenant, out var listener))
            audiences.Leave(tenant, listener);
        if (attended.Remove(tenant))
            observer.Ends(tenant);
        held.Remove(tenant);
        claims.Remove(tenant);
        awaited.Remove(tenant);
        unreadable.Remove(tenant);
        if (undisclosed.Remove(tenant))
            disclosures.Leave(tenant, mailbox.Changed);
        await writer.WriteAsync(ActiveMessages.NotPermitted(tenant), more: !synced, cancellationToken);
    }

    private void RightsChanged()
    {
        Volatile.Write(ref rightsDue, true);
        mailbox.Ring();
    }

    private async Task SendFirstAsync(RecordSnapshot snapshot, bool more, CancellationToken cancellationToken)
    {
        Attend(snapshot);
        if (current.IsBeingRenewed(snapshot) && !Volatile.Read(ref renewalIsLate))
            return;
        if (await SendIfNewAsync(snapshot, first: true, more, cancellationToken))
            awaited.Remove(snapshot.Tenant);
    }

    private void Attend(RecordSnapshot snapshot)
    {
        if ((snapshot.IsUnreadable || snapshot.Record.Revision > 0) && held.ContainsKey(snapshot.Tenant) && attended.Add(snapshot.Tenant))
            observer.Begins(snapshot.Tenant);
    }

    /// <returns>false if the message has to wait; the mailbox then brings the tenant again.</returns>
    private async Task<bool> SendIfNewAsync(RecordSnapshot snapshot, bool first, bool more, CancellationToken cancellationToken)
    {
        var tenant = snapshot.Tenant;
        Attend(snapshot);
        // An earlier write may have taken long, and the right may be gone by now: the review reports that.
        if (!caller.May(Role.Node, tenant))
            return true;
        var message = messages.Of(snapshot);
        var revision = ActiveMessages.RevisionOf(message);
        // A newer revision than the store's counts only if this service sent it; otherwise the caller holds nothing.
        if (!snapshot.IsUnreadable && claims.Remove(tenant, out var claim) && revision < claim.KnownRevision && !current.Believes(claim))
            (held[tenant], first) = (0, true);
        var isNew = snapshot.IsUnreadable ? unreadable.Add(tenant) : revision > held[tenant] || (first && held[tenant] == 0);
        if (!snapshot.IsUnreadable)
            unreadable.Remove(tenant);
        if (isNew && message.Credential is not null && !IsDisclosed(tenant, revision))
            return false;
        // Recorded before it is sent: a node may report back immediately.
        if (isNew || revision == held[tenant])
            observer.Sends(tenant, revision);
        if (!isNew)
            return true;
        undisclosed.Remove(tenant);
        held[tenant] = Math.Max(held[tenant], revision);
        await writer.WriteAsync(message, more, cancellationToken);
        return true;
    }

    // Not awaited here: heartbeats and other messages continue in the meantime.
    private bool IsDisclosed(TenantId tenant, long revision)
    {
        if (disclosures.IsDurable(tenant, revision, origin, listening[tenant].TryAnnounce(revision) ? 1 : 0, mailbox.Changed))
            return true;
        undisclosed.Add(tenant);
        return false;
    }

    // A message that is about to be sent is not reported as stale: the heartbeat waits for it, but not for long.
    private bool MayCatchUp()
    {
        if (!held.Any(tenant => IsUnsent(tenant.Key, tenant.Value)))
        {
            delayedSince = null;
            return false;
        }
        if (delayedSince is not { } since)
        {
            delayedSince = Stopwatch.GetTimestamp();
            _ = RingAsync();
            return true;
        }
        return Stopwatch.GetElapsedTime(since) < DisclosurePatience;
    }

    // The newest message was not sent, because its disclosure is not recorded. The first message may also wait for a new session.
    private bool IsUnsent(TenantId tenant, long revision) =>
        undisclosed.Contains(tenant)
        || (!awaited.Contains(tenant) && view.Held(tenant) is { IsUnreadable: false } snapshot && snapshot.Record.Revision > revision);

    private async Task RingAsync()
    {
        await Task.Delay(DisclosurePatience);
        mailbox.Ring();
    }

    private async Task SendSyncedAsync(CancellationToken cancellationToken)
    {
        if (synced)
            return;
        // If a tenant's list of disclosures is damaged, nothing of it is sent; the other tenants must not wait for it.
        awaited.RemoveWhere(tenant => undisclosed.Contains(tenant) && disclosures.IsDamaged(tenant));
        if (awaited.Count > 0)
            return;
        synced = true;
        awaited.TrimExcess();
        await writer.WriteAsync(Synced, more: false, cancellationToken);
    }

    // A renewal took too long: the current state is sent.
    private void GiveUp()
    {
        Volatile.Write(ref renewalIsLate, true);
        foreach (var (tenant, _, _) in tenants)
            mailbox.Changed(tenant);
    }

    private void BeatNow()
    {
        Volatile.Write(ref heartbeatDue, true);
        mailbox.Ring();
    }

    // A tenant is stale if this server cannot read its record, if the caller was sent a newer revision than the store still has, or if its newest
    // message is not sent because the disclosure cannot be recorded.
    private async Task BeatAsync(DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var beat = new Heartbeat { AsOf = asOf.ToTimestamp() };
        foreach (var (tenant, revision) in held)
        {
            if (view.Held(tenant) is not { IsUnreadable: false } snapshot || snapshot.Record.Revision < revision || IsUnsent(tenant, revision))
                beat.StaleTenantIds.Add(tenant.ToString());
        }
        await writer.WriteAsync(new() { Heartbeat = beat }, more: false, cancellationToken);
        if (health.IsFresh)
            await RecoverAsync(cancellationToken);
    }

    private async Task RecoverAsync(CancellationToken cancellationToken)
    {
        var wentBack = held.Where(tenant => view.Held(tenant.Key) is { IsUnreadable: false } snapshot && snapshot.Record.Revision < tenant.Value).ToList();
        foreach (var (tenant, revision) in wentBack)
        {
            var shown = claims.TryGetValue(tenant, out var claim) ? claim : new(tenant, revision, default) { WasSentHere = true };
            if (await ReadAsync(shown, cancellationToken) is { } snapshot)
                await SendIfNewAsync(snapshot, first: false, more: false, cancellationToken);
        }
    }
}
