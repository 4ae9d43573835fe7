using GrpcCreds.Server.Store;

namespace GrpcCreds.SeededServer;

/// <summary>The real store; a bug overrides the one operation it breaks.</summary>
internal abstract class DecoratedStore(IStore store) : IStore
{
    public virtual event Action<StoreHint>? Hinted
    {
        add => store.Hinted += value;
        remove => store.Hinted -= value;
    }

    public StoreDurability Durability => store.Durability;

    public int Partitions => store.Partitions;

    protected IStore Real => store;

    public Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken) => store.CreateMetaAsync(meta, cancellationToken);

    public Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken) => store.MetaAsync(cancellationToken);

    public Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken) =>
        store.ChangeMetaAsync(read, updated, servers, cancellationToken);

    public Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        store.KeyIdsAsync(tenants, cancellationToken);

    public Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken) =>
        store.ResealAsync(tenant, resealed, keyId, cancellationToken);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellationToken) => store.CheckAsync(cancellationToken);

    public virtual Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken) => store.CommitAsync(commit, cancellationToken);

    public virtual Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        store.ReadAsync(tenants, cancellationToken);

    public virtual Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        store.RevsAsync(tenants, cancellationToken);

    public virtual Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken) =>
        store.ChangesSinceAsync(partition, seq, cancellationToken);

    public virtual Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) =>
        store.DueAsync(now, limit, cancellationToken);

    public Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken) =>
        store.RequestAsync(tenant, id, cancellationToken);

    public Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        store.AuditAsync(tenant, before, limit, cancellationToken);

    public virtual Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken) =>
        store.AppendAsync(journal, id, sealedEntry, cancellationToken);

    public Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        store.JournalAsync(journal, before, limit, cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    public Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken) => store.GuardAsync(key, now, cancellationToken);

    public Task SetNodesAsync(TenantId tenant, IReadOnlyList<StoredNode> nodes,
        IReadOnlyList<string> dropped, DateTimeOffset now, CancellationToken cancellationToken) =>
        store.SetNodesAsync(tenant, nodes, dropped, now, cancellationToken);

    public Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken) =>
        store.NodesSinceAsync(tenant, version, cancellationToken);

    public Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken) =>
        store.BeatAsync(beat, cancellationToken);

    public Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken) => store.SetGuardAsync(write, cancellationToken);
}
