using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// The only access to tenants' records: reads them, and applies every command through <see cref="RecordRules"/> in one durable commit.
/// Everything it returns or shows to the watchers is durable.
/// </summary>
internal sealed class TenantRecords(
    IStore store, RecordSealer records, CommitMaker commits, CommitSender sender, View view, RevisionAges ages, ChangePositions positions,
    RollbackRepair repair, DueSignal signal, AuditLog audit, ServiceMetrics metrics, StoreDamage damage, IOptions<StoreOptions> options, TimeProvider clock)
{
    private const int MaxConflicts = 10;

    /// <summary>Reads a tenant's newest record.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<RecordSnapshot> ReadAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        var snapshot = (await ReadAsync([tenant], cancellationToken))[0];
        if (snapshot.Stored is null && !snapshot.IsUnreadable)
            await repair.MakeSureStoreIsOursAsync(tenant, cancellationToken);
        return snapshot;
    }

    /// <summary>Reads these tenants' newest records, in the order asked for.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<IReadOnlyList<RecordSnapshot>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        var snapshots = await TryReadAsync(tenants, cancellationToken);
        return [.. snapshots.Select((snapshot, i) => snapshot ?? throw RollbackRepair.Contended(tenants[i]))];
    }

    /// <summary>The same, with null for a tenant that has too many concurrent writes while its lost state is restored: only this tenant waits.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public async Task<IReadOnlyList<RecordSnapshot?>> TryReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        // Taken before the read: what the store answers must not be older than what was confirmed when it was asked.
        var known = tenants.Select(view.KnownRev).ToList();
        var began = clock.GetTimestamp();
        var stored = await store.ReadAsync(tenants, cancellationToken);
        var snapshots = new RecordSnapshot?[tenants.Count];
        for (var i = 0; i < snapshots.Length; i++)
        {
            if (await RepairAsync(Open(stored[i]), known[i], cancellationToken) is not { } snapshot)
                continue;
            if (snapshot.IsUnreadable)
                Unreadable(snapshot);
            else
            {
                ages.Opened(snapshot.Tenant, snapshot.Rev, began);
                damage.Opened(snapshot.Tenant);
            }
            view.Offer(snapshot);
            snapshots[i] = snapshot;
        }
        return snapshots;
    }

    /// <summary>The record of a tenant this server watches: what it holds, or read once for all who ask at the same time.</summary>
    public Task<RecordSnapshot> WatchedAsync(TenantId tenant, CancellationToken cancellationToken) =>
        view.HeldOrReadAsync(tenant, () => ReadAsync(tenant, CancellationToken.None)).WaitAsync(cancellationToken);

    /// <summary>Ends what has run out.</summary>
    /// <exception cref="StoreUnavailableException"/>
    /// <exception cref="UnreadableException"/>
    public Task<Applied> ExpireAsync(TenantId tenant) => ApplyOwnAsync(tenant, new Command.Expire(ages.RipeRev(tenant)), "EXPIRED", CancellationToken.None);

    /// <summary>The same for a record that was just read: it is not read again unless something has run out.</summary>
    /// <exception cref="StoreUnavailableException"/>
    /// <exception cref="UnreadableException"/>
    public Task<Applied> ExpireAsync(TenantRecord read) => ApplyOwnAsync(read, new Command.Expire(ages.RipeRev(read.Tenant)), "EXPIRED");

    /// <summary>Whether this server knows that another one has written the tenant since this record.</summary>
    public bool IsOutdated(TenantRecord record) => ages.NewestRev(record.Tenant) > record.Rev;

    /// <summary>
    /// Applies a command that the service itself issues to a record that was just read. If it changes nothing in it, the record is not read again.
    /// </summary>
    /// <exception cref="StoreUnavailableException"/>
    /// <exception cref="UnreadableException"/>
    public async Task<Applied> ApplyOwnAsync(TenantRecord read, Command command, string name)
    {
        if (RecordRules.Apply(read, command, commits.Next(read.Rev)) is not Decision.Changed changed)
            return new Applied.Nothing(read);
        var (origin, request) = (Origin.Service(name), RequestKey.Own());
        return await CommitAsync(read, changed, origin, request) ?? await ApplyAsync(read.Tenant, command, origin, request, CancellationToken.None);
    }

    /// <summary>Applies a command that the service itself issues.</summary>
    /// <exception cref="StoreUnavailableException"/>
    /// <exception cref="UnreadableException"/>
    public Task<Applied> ApplyOwnAsync(TenantId tenant, Command command, string name, CancellationToken cancellationToken) =>
        ApplyAsync(tenant, command, Origin.Service(name), RequestKey.Own(), cancellationToken);

    /// <summary>
    /// Applies a command to a tenant. After a conflict the rules are applied again to a fresh record. A commit without an answer
    /// is sent again under its id, so it is applied at most once.
    /// </summary>
    /// <exception cref="StoreUnavailableException">Until <paramref name="cancellationToken"/> the store did not say whether it was applied.</exception>
    /// <exception cref="UnreadableException"/>
    public async Task<Applied> ApplyAsync(TenantId tenant, Command command, Origin origin, RequestKey request, CancellationToken cancellationToken)
    {
        // The newest state this server knows needs no read: if it is not the store's newest, the store refuses the commit. Only a fresh read can refuse.
        if (view.Newest(tenant) is { } newest && !repair.IsAhead(newest) && await TryAsync(newest.Record, command, origin, request) is { } done)
            return done;
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var before = (await ReadAsync(tenant, cancellationToken)).Record;
            var at = commits.Next(before.Rev);
            switch (RecordRules.Apply(before, command, at))
            {
                // The commit of such an answer may have been made but not acknowledged: then its token is in force and must not be revoked.
                case Decision.Nothing when command is Command.FinishRenewal:
                    return await RememberedAsync(tenant, request, cancellationToken) ?? new Applied.Nothing(before);
                case Decision.Nothing:
                    return new Applied.Nothing(before);
                case Decision.Refused refused:
                    return await RememberedAsync(tenant, request, cancellationToken) ?? new Applied.Refused(refused.Refusal);
                case Decision.Changed changed:
                    if (await CommitAsync(before, changed, origin, request) is { } applied)
                        return applied;
                    break;
            }
        }
        return new Applied.Refused(new Refusal(Reason.Contention, "too many others wrote this tenant at the same moment; send the same call again"));
    }

    /// <summary>
    /// Applies a command to the state that this server itself has just committed, without reading it again. If another commit came in between, the store
    /// refuses this one, and the rules are applied to a fresh record.
    /// </summary>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    /// <exception cref="UnreadableException"/>
    public async Task<Applied> ApplyAsync(TenantRecord committed, Command command, Origin origin, RequestKey request, CancellationToken cancellationToken) =>
        await TryAsync(committed, command, origin, request) ?? await ApplyAsync(committed.Tenant, command, origin, request, cancellationToken);

    /// <summary>What is remembered of a request, if it was applied: the same id with another content is refused.</summary>
    public async Task<Applied?> RememberedAsync(TenantId tenant, RequestKey request, CancellationToken cancellationToken) =>
        await store.RequestAsync(tenant, request.Id, cancellationToken) is { } entry ? Known(tenant, entry, request) : null;

    /// <returns>Null if the command changes nothing in this state, or the state is not the store's.</returns>
    private async Task<Applied?> TryAsync(TenantRecord before, Command command, Origin origin, RequestKey request) =>
        RecordRules.Apply(before, command, commits.Next(before.Rev)) is Decision.Changed changed ? await CommitAsync(before, changed, origin, request) : null;

    // The same bytes as before are not opened again.
    private RecordSnapshot Open(StoredTenant stored) =>
        view.Newest(stored.Tenant) is { Stored: { } known } newest && stored.Record is { } record
        && known.Rev == record.Rev && known.KeyId == record.KeyId && known.Sealed.Span.SequenceEqual(record.Sealed.Span)
            ? newest
            : records.Open(stored);

    private async Task<RecordSnapshot?> RepairAsync(RecordSnapshot snapshot, long known, CancellationToken cancellationToken)
    {
        try
        {
            if (repair.IsAhead(snapshot))
            {
                damage.Found(Damaged.Revision, snapshot.Tenant);
                if (options.Value.BringRevisionsBack)
                {
                    // Null after a conflict: the record that was read is outdated. The view must not see it, because its rev never goes back.
                    if (await repair.BringBackAsync(snapshot, cancellationToken) is not { } back)
                        return null;
                    damage.Whole(Damaged.Revision, snapshot.Tenant);
                    return back;
                }
            }
            else if (!snapshot.IsUnreadable)
                damage.Whole(Damaged.Revision, snapshot.Tenant);
            return snapshot.Rev < known || repair.IsHealedFromTooOld(snapshot) || (known > 0 && repair.IsForged(snapshot))
                ? await repair.TryHealAsync(snapshot.Tenant, known, cancellationToken)
                : snapshot;
        }
        catch (StoreDamagedException)
        {
            // This tenant's record cannot be written; the other tenants are not affected.
            return RecordSnapshot.Unreadable(snapshot.Tenant, snapshot.Stored);
        }
    }

    private void Unreadable(RecordSnapshot snapshot)
    {
        metrics.Unreadable();
        damage.Unreadable(snapshot.Tenant, snapshot.Rev);
    }

    private async Task<Applied?> CommitAsync(TenantRecord before, Decision.Changed changed, Origin origin, RequestKey request)
    {
        var (commit, snapshot, entry) = commits.Make(before, changed, origin, request, positions.Seen(before.Tenant));
        var (outcome, resent) = await sender.SendAsync(commit);
        switch (outcome)
        {
            case CommitOutcome.Committed:
            case CommitOutcome.Known { Request: var mine } when resent && mine.Rev == commit.Record.Rev:
                ages.Saw(snapshot.Tenant, snapshot.Rev);
                view.Committed(snapshot, outcome is CommitOutcome.Committed { Seq: var seq } ? seq : 0);
                signal.Ring(commit.Tenant, commit.Due);
                audit.Written(entry);
                return new Applied.Done(snapshot, changed.Result);
            case CommitOutcome.Known { Request: var known }:
                return Known(before.Tenant, known, request);
            case CommitOutcome.Behind:
                positions.LookAgain();
                throw new StoreUnavailableException("the store has lost commits that this server has seen; they are being brought back");
            default:
                return null;
        }
    }

    private Applied Known(TenantId tenant, RequestEntry entry, RequestKey request)
    {
        if (entry.IsDamaged || !Enum.TryParse<WriteResult>(entry.Result, out var result) || !Enum.IsDefined(result))
        {
            damage.Found(Damaged.Request, tenant);
            throw new StoreDamagedException(
                $"the stored result of this request_id of tenant '{tenant}' is damaged: the status shows whether the call was applied; "
                + "to send it again, use a new request_id");
        }
        return entry.Fingerprint.Span.SequenceEqual(request.Fingerprint.Span)
            ? new Applied.Known(result, entry.Time)
            : new Applied.Refused(new Refusal(
                Reason.RequestIdReused, "request_id: it was used for a call with another content, method or caller; use a new one"));
    }
}
