using System.Collections.Concurrent;
using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// Reads the current state for nodes: never a session past its end, and never a state older than one the node has already received. Reading here marks the
/// tenant as wanted, so that its session is renewed.
/// </summary>
internal sealed class CurrentReader(
    TenantRecords tenantRecords, RollbackRepair repair, View view, ResumeTokens tokens, RepairLimits repairs, BackgroundWork work, TimeProvider clock)
{
    /// <summary>How long a node waits for a session that is being renewed before it is reported as unavailable.</summary>
    public static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(25);

    private readonly ConcurrentDictionary<TenantId, Lazy<Task>> attending = new();

    /// <summary>
    /// The state of a watched tenant. If the store has an older revision than the watcher received, the store has gone back: then the state is committed
    /// again above that revision, within <see cref="RepairLimits"/>; until then the returned state is older than the watcher's. A claim that is not believed,
    /// and one about a tenant that the store does not have, causes no commit.
    /// </summary>
    public async Task<RecordSnapshot> ReadAsync(WatchedRevision watched, Caller watcher, CancellationToken cancellationToken)
    {
        var tenant = watched.Tenant;
        var snapshot = await tenantRecords.WatchedAsync(tenant, cancellationToken);
        if (await AttendAsync(snapshot, cancellationToken))
            snapshot = await tenantRecords.WatchedAsync(tenant, cancellationToken);
        if (Suffices(snapshot, watched))
            return snapshot;
        snapshot = await tenantRecords.ReadAsync(tenant, cancellationToken);
        if (Suffices(snapshot, watched) || snapshot.Rev == 0 || !Believes(watched) || !repairs.TryBegin(tenant))
            return snapshot;
        try
        {
            return await repair.HealAboveRevisionAsync(tenant, watched.KnownRevision, watcher.Name, watcher.From, cancellationToken);
        }
        catch
        {
            // A failed repair does not count.
            repairs.Failed(tenant);
            throw;
        }
    }

    /// <summary>The same, or null while the store cannot be read.</summary>
    public async Task<RecordSnapshot?> TryReadAsync(WatchedRevision watched, Caller watcher, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(watched, watcher, cancellationToken);
        }
        catch (StoreUnavailableException e) when (e is not StoreDamagedException)
        {
            return null;
        }
    }

    /// <summary>The newest state in the store for a single read; waits for a session that is being renewed.</summary>
    public async Task<RecordSnapshot> ReadOnceAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var mailbox = new Mailbox();
        using var watch = view.Watch(tenant, mailbox.Changed);
        var snapshot = await tenantRecords.ReadAsync(tenant, cancellationToken);
        if (await AttendAsync(snapshot, cancellationToken))
            snapshot = await tenantRecords.ReadAsync(tenant, cancellationToken);

        using var patience = new CancellationTokenSource(RenewalPatience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        while (IsBeingRenewed(snapshot) && !patience.IsCancellationRequested)
        {
            await mailbox.WaitAsync(either.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
            snapshot = view.Held(tenant) ?? snapshot;
        }
        return snapshot;
    }

    /// <summary>
    /// Whether the watcher really received the revision it claims: this stream sent it, or its resume token proves that the service did. An impossible
    /// revision is never believed, whatever the proof: a revision is at most the µs since 1970 of its commit.
    /// </summary>
    public bool Believes(WatchedRevision watched) =>
        !Revs.IsAhead(watched.KnownRevision, clock.GetUtcNow())
        && (watched.WasSentHere || tokens.Verify(watched.Tenant, watched.KnownRevision, watched.ResumeToken.Span));

    /// <summary>Whether there is no session to send but one is being fetched.</summary>
    public bool IsBeingRenewed(RecordSnapshot snapshot) =>
        !snapshot.IsUnreadable
        && PublishedState.By(snapshot.Record).Availability == Availability.Suspended
        && (snapshot.Record.Active!.Renewal is { Claim.Step: not RenewalCall.Check } || RenewalTimes.DueOfActive(snapshot.Record) <= clock.GetUtcNow());

    private static bool Suffices(RecordSnapshot snapshot, WatchedRevision watched) =>
        snapshot.IsUnreadable || snapshot.Record.Revision >= watched.KnownRevision;

    // Ends an expired session and marks the tenant as wanted, once for all concurrent requests. Only a caller without a live session waits for this: a store
    // that can be read but not written must not withhold a session that the node has already received.
    private async Task<bool> AttendAsync(RecordSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.IsUnreadable || !(RenewalTimes.IsWantStale(snapshot.Record, clock.GetUtcNow()) || HasEnded(snapshot.Record)))
            return false;
        var attended = attending.GetOrAdd(snapshot.Tenant, tenant => new(() => Task.Run(() => AttendAsync(tenant), CancellationToken.None))).Value;
        if (PublishedState.By(snapshot.Record).Session is not null && !HasEnded(snapshot.Record))
        {
            _ = work.TryAsync(nameof(CurrentReader), () => ForgetAsync(attended));
            return false;
        }
        await attended.WaitAsync(cancellationToken);
        return true;
    }

    // The result does not matter now: the next request marks the tenant again.
    private static async Task ForgetAsync(Task attended)
    {
        try
        {
            await attended;
        }
        catch (StoreUnavailableException)
        {
            // The follower reports it.
        }
    }

    private async Task AttendAsync(TenantId tenant)
    {
        try
        {
            await tenantRecords.ApplyOwnAsync(tenant, new Command.Want(), "WANTED", CancellationToken.None);
            await tenantRecords.ExpireAsync(tenant);
        }
        catch (UnreadableException)
        {
            // Damaged in the meantime: the next read reports it.
        }
        finally
        {
            attending.TryRemove(tenant, out _);
        }
    }

    private bool HasEnded(TenantRecord record) => PublishedState.By(record).Session?.ExpectedExpireTime <= clock.GetUtcNow();
}
