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
/// Reads what nodes are to be told now: never a session past its end, never older than what the asker was already shown. Who reads here
/// wants the tenant, so its session is kept alive.
/// </summary>
internal sealed class CurrentReader(
    TenantRecords tenantRecords, RollbackRepair repair, View view, ResumeTokens tokens, RepairLimits repairs, BackgroundWork work, TimeProvider clock)
{
    /// <summary>How long a node waits for a session that is being renewed before it is told that there is none.</summary>
    public static readonly TimeSpan RenewalPatience = TimeSpan.FromSeconds(25);

    private readonly ConcurrentDictionary<TenantId, Lazy<Task>> attending = new();

    /// <summary>The state of a tenant somebody watches. Where the store holds less than the watcher was shown, it has gone back: then the state is
    /// committed again above that, within <see cref="RepairLimits"/>; until then the answer is older than what the watcher holds. A claim that is not
    /// believed, and one about a tenant the store does not know, leads to no commit.</summary>
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
            // Only what was done counts as done.
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

    /// <summary>The newest state in the store, for one who asks once; a session that is being renewed is waited for.</summary>
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

    /// <summary>Whether the watcher was really shown what it says it holds: this stream sent it, or its resume token proves that the service did. Not if that
    /// cannot be, whatever proves it: a revision is at most the µs since 1970 of its commit.</summary>
    public bool Believes(WatchedRevision watched) =>
        !Revs.IsAhead(watched.KnownRevision, clock.GetUtcNow())
        && (watched.WasSentHere || tokens.Verify(watched.Tenant, watched.KnownRevision, watched.ResumeToken.Span));

    /// <summary>There is no session to send, and one is about to come.</summary>
    public bool IsBeingRenewed(RecordSnapshot snapshot) =>
        !snapshot.IsUnreadable
        && PublishedState.By(snapshot.Record).Availability == Availability.Suspended
        && (snapshot.Record.Active!.Renewal is { Claim.Step: not RenewalCall.Check } || RenewalTimes.DueOfActive(snapshot.Record) <= clock.GetUtcNow());

    private static bool Suffices(RecordSnapshot snapshot, WatchedRevision watched) =>
        snapshot.IsUnreadable || snapshot.Record.Revision >= watched.KnownRevision;

    // Ends what has run out and notes that the tenant is wanted: one for all who ask at the same time. Only who has no live session waits for
    // it: a store that can be read and not written keeps no session from a node it was sent to before.
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

    // Whether it was noted does not matter now: who asks next notes it again.
    private static async Task ForgetAsync(Task attended)
    {
        try
        {
            await attended;
        }
        catch (StoreUnavailableException)
        {
            // The follower says so.
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
            // Damaged meanwhile: who reads it next is told.
        }
        finally
        {
            attending.TryRemove(tenant, out _);
        }
    }

    private bool HasEnded(TenantRecord record) => PublishedState.By(record).Session?.ExpectedExpireTime <= clock.GetUtcNow();
}
