namespace GrpcCreds.Server.Store;

/// <summary>
/// All stored state, behind one narrow set of operations with two engines: Redis for anything shared, embedded SQLite for one durable node.
/// Whatever an operation returns was durable before it returned, for writers and readers alike.
/// </summary>
/// <remarks>
/// Every operation throws <see cref="StoreUnavailableException"/> if the engine does not answer or must not be used, whatever the reason; a
/// commit that ended this way may have been applied and is resent with the same id to find out. <see cref="StoreDamagedException"/> derives from
/// it. Nothing else is thrown except <see cref="OperationCanceledException"/> for the given token, and what an operation documents. Damaged
/// items among many are skipped and reported to <see cref="StoreDamage"/>.
/// </remarks>
internal interface IStore : IAsyncDisposable
{
    /// <summary>The number of change indexes, fixed when the store was first used. Known once <see cref="OpenAsync"/> has returned.</summary>
    int Partitions { get; }

    /// <summary>The engine's product name, with its version where that can vary.</summary>
    string Name => "the store";

    /// <summary>What it means that a write was acknowledged, as the last check found it. Known once <see cref="OpenAsync"/> has returned.</summary>
    StoreDurability Durability => StoreDurability.Disk;

    /// <summary>Connects, checks the engine's settings and returns the meta entry, or null if the store was never used.</summary>
    /// <exception cref="StoreRefusedException">The engine's setup would break a guarantee; the text says how to fix it.</exception>
    Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes the meta entry if there is none, and returns the stored one (another server may have been first).</summary>
    Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken);

    /// <summary>The current meta entry, or null if the store was emptied.</summary>
    Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Changes the meta entry if the fields to change are still as they were read; with <paramref name="servers"/>, also only if no other server
    /// has left a heartbeat: a server that joins after the list was read must be considered too.
    /// </summary>
    /// <returns>False: a condition failed, and nothing was written. After <see cref="StoreUnavailableException"/> read again.</returns>
    Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken);

    /// <summary>Checks the engine's settings again; runs after every reconnect and every 60 s.</summary>
    /// <returns>What is wrong, or null.</returns>
    Task<StoreFault?> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Writes one tenant's record with everything that belongs to it, all or nothing.</summary>
    Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken);

    /// <summary>The records of these tenants, in the requested order.</summary>
    Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>The revs of these tenants' records, in the requested order; 0 if there is no record.</summary>
    Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>The ids of the keys that these tenants' records are sealed with, in the requested order; null if there is no record.</summary>
    Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>
    /// Replaces a record's sealed form if its rev and the key that sealed it are still the given ones. This is not a commit: only the sealed form
    /// and the key's id change, and no node is notified. Repeating it does no harm.
    /// </summary>
    /// <returns>False: they differ, and nothing was written.</returns>
    Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken);

    /// <summary>What was committed in a partition after <paramref name="seq"/>; each tenant appears once, with its newest commit.</summary>
    Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken);

    /// <summary>Tenants whose due time has come, at most <paramref name="limit"/>, the longest overdue first.</summary>
    Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>The remembered request with this id, or null.</summary>
    Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken);

    /// <summary>A tenant's audit entries of writes, newest first; with <paramref name="before"/>, only those older than this position.</summary>
    Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Adds an entry to a journal and drops the oldest entries above the journal's limit. The same id again adds nothing (Redis: as long as it is
    /// among the newest 16; later it is stored twice), so an entry that ended with <see cref="StoreUnavailableException"/> is resent unchanged.
    /// </summary>
    Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken);

    /// <summary>A journal's entries, newest first; with <paramref name="before"/>, only those older than this position.</summary>
    Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken);

    /// <summary>A guard entry, or null if there is none or it has expired at <paramref name="now"/>.</summary>
    Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a guard entry if the stored one still has the version that was read. A write that ended with
    /// <see cref="StoreUnavailableException"/> may have been applied: the writer reads again and must recognise its write by the sealed content.
    /// </summary>
    /// <returns>False: the stored version differs, and nothing was written.</returns>
    Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken);

    /// <summary>
    /// Sets entries about a tenant's nodes, each under its key, and drops those of other keys, all or nothing; an entry that was not set for
    /// <see cref="StoredNode.Lifetime"/> expires automatically. Repeating it does no harm, so a write that got no answer is simply repeated. Readers
    /// are not notified of dropped entries: they must be entries that readers ignore anyway.
    /// </summary>
    /// <remarks>
    /// The age of an entry or a heartbeat is measured by the store's own clock: Redis's clock, or for the embedded store the time it was in use. No
    /// server's clock (<paramref name="now"/>) makes another server's entries old; it counts only when an embedded store is used for the first time.
    /// </remarks>
    Task SetNodesAsync(
        TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// The entries about a tenant's nodes that were set after <paramref name="version"/>, each once with its newest value; all entries if the
    /// store has none as new as that.
    /// </summary>
    Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a server's heartbeat, and returns the newest of every server that wrote one within <see cref="StoredNode.Lifetime"/>, by the store's clock.
    /// </summary>
    Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken);

    /// <summary>Raised on any thread when there may be something new to read, and after every reconnect. A hint, never a fact.</summary>
    event Action<StoreHint>? Hinted;
}
