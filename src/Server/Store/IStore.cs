namespace GrpcCreds.Server.Store;

/// <summary>
/// All that is kept, behind one narrow set of operations with two engines: Redis for anything shared, embedded SQLite for one durable
/// node. Whatever an operation answers was durable before it answered, for writers and readers alike.
/// </summary>
/// <remarks>
/// Every operation throws <see cref="StoreUnavailableException"/> when the engine does not answer or is not fit, whatever the reason; a commit that ended so
/// may have been applied, and is sent again with the same id to find out. <see cref="StoreDamagedException"/> is one of these. Nothing else is thrown but
/// <see cref="OperationCanceledException"/> for the token given, and what an operation names. What is damaged among many is passed over and told to
/// <see cref="StoreDamage"/>.
/// </remarks>
internal interface IStore : IAsyncDisposable
{
    /// <summary>How many change indexes there are, fixed when the store was first used. Known once <see cref="OpenAsync"/> has returned.</summary>
    int Partitions { get; }

    /// <summary>What a person calls the engine, with its version where that can differ.</summary>
    string Name => "the store";

    /// <summary>Connects, checks the engine's settings and returns what the store says of itself, or null if it was never used.</summary>
    /// <exception cref="StoreRefusedException">The engine is set up in a way that would break a promise; the text says how to mend it.</exception>
    Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes the meta entry if there is none, and returns the one that stands (another server may have been first).</summary>
    Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken);

    /// <summary>What the store says of itself now, or null if it was emptied.</summary>
    Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Changes the meta entry, if what differs is still as it was read; with <paramref name="servers"/>, also only if no other server has left a sign of
    /// life: one that joins after it was asked who is there is asked, too.
    /// </summary>
    /// <returns>False: it is not, and nothing was written. After <see cref="StoreUnavailableException"/> read again.</returns>
    Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken);

    /// <summary>Checks the engine's settings again; runs after every reconnect and every 60 s.</summary>
    /// <returns>What is wrong, or null.</returns>
    Task<StoreFault?> CheckAsync(CancellationToken cancellationToken);

    /// <summary>Writes one tenant's record with everything that belongs to it, all or nothing.</summary>
    Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken);

    /// <summary>The records of these tenants, in the order asked for.</summary>
    Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>The revs of these tenants' records, in the order asked for; 0 where there is none.</summary>
    Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>The ids of the keys that these tenants' records are sealed with, in the order asked for; null where there is no record.</summary>
    Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken);

    /// <summary>
    /// Puts a record's other sealing in its place, if its rev and the key that sealed it still are these. No commit: nothing but the sealed form and the
    /// key's id changes, and nobody is told. Doing it again does no harm.
    /// </summary>
    /// <returns>False: they are not, and nothing was written.</returns>
    Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken);

    /// <summary>What was committed in a partition after <paramref name="seq"/>, each tenant once with its newest commit.</summary>
    Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken);

    /// <summary>Tenants whose due time has come, at most <paramref name="limit"/>, the longest due first.</summary>
    Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken);

    /// <summary>What is remembered of a request id, or null.</summary>
    Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken);

    /// <summary>A tenant's audit entries of writes, newest first; with <paramref name="before"/> only those that are older than this position.</summary>
    Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Adds an entry to a journal, and lets the oldest beyond the journal's bound go. The same id again adds nothing (Redis: as long as it is
    /// among the newest 16; after that it stands there twice), so an entry that ended with <see cref="StoreUnavailableException"/> is sent again as it was.
    /// </summary>
    Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken);

    /// <summary>A journal's entries, newest first; with <paramref name="before"/> only those that are older than this position.</summary>
    Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken);

    /// <summary>A guard entry, or null if there is none or its time is over at <paramref name="now"/>.</summary>
    Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a guard entry if the one that stands still has the version that was read. A write that ended with
    /// <see cref="StoreUnavailableException"/> may have been applied: what is sealed must tell its writer, who reads again.
    /// </summary>
    /// <returns>False: another version stands, and nothing was written.</returns>
    Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken);

    /// <summary>
    /// Sets entries about a tenant's nodes, each under its key, and drops those of other keys, all or nothing; what was not set for
    /// <see cref="StoredNode.Lifetime"/> goes by itself. Doing it again does no harm, so a write that got no answer is simply repeated. Readers are not
    /// told of what was dropped: it must be what they pass over anyway.
    /// </summary>
    /// <remarks>
    /// How old an entry is, or a sign of life, the store's own clock says: Redis's, or in the embedded store the time for which it was in use. No server's
    /// clock (<paramref name="now"/>) makes another server's entries old; it only counts where an embedded store is used for the first time.
    /// </remarks>
    Task SetNodesAsync(TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// The entries about a tenant's nodes that were set after <paramref name="version"/>, each once with its newest value; all of them where the store
    /// has nothing as new as that.
    /// </summary>
    Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken);

    /// <summary>
    /// Leaves a server's sign of life, and returns the newest of every server that left one within <see cref="StoredNode.Lifetime"/>, by the store's clock.
    /// </summary>
    Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken);

    /// <summary>Raised, from any thread, when there may be something new to read, and after every reconnect. A hint, never a fact.</summary>
    event Action<StoreHint>? Hinted;
}
