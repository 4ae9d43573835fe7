using GrpcCreds.Server.Store;

namespace GrpcCreds.Tests.Accounts;

/// <summary>A store's guard entries, with faults on the way there and back.</summary>
internal sealed class GuardFaults(IStore store) : IStore
{
    /// <summary>Runs before an entry is read.</summary>
    public Action BeforeRead { get; set; } = () => { };

    /// <summary>Runs before an entry is written; what it throws keeps the write from the store.</summary>
    public Action BeforeWrite { get; set; } = () => { };

    /// <summary>Runs after an entry was written; what it throws keeps the answer from the caller.</summary>
    public Action AfterWrite { get; set; } = () => { };

    public event Action<StoreHint>? Hinted
    {
        add => store.Hinted += value;
        remove => store.Hinted -= value;
    }

    public int Partitions => store.Partitions;

    public static void Away() => throw new StoreUnavailableException("away");

    public Task<CasEntry?> GuardAsync(string key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        BeforeRead();
        return store.GuardAsync(key, now, cancellationToken);
    }

    public async Task<bool> SetGuardAsync(CasWrite write, CancellationToken cancellationToken)
    {
        BeforeWrite();
        var written = await store.SetGuardAsync(write, cancellationToken);
        AfterWrite();
        return written;
    }

    public Task<StoreMeta?> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StoreMeta> CreateMetaAsync(StoreMeta meta, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<StoreMeta?> MetaAsync(CancellationToken cancellationToken) => store.MetaAsync(cancellationToken);

    public Task<bool> ChangeMetaAsync(StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers, CancellationToken cancellationToken) =>
        store.ChangeMetaAsync(read, updated, servers, cancellationToken);

    public Task<IReadOnlyList<string?>> KeyIdsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        store.KeyIdsAsync(tenants, cancellationToken);

    public Task<bool> ResealAsync(TenantId tenant, StoredRecord resealed, string keyId, CancellationToken cancellationToken) =>
        store.ResealAsync(tenant, resealed, keyId, cancellationToken);

    public Task<StoreFault?> CheckAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<TenantId>> DueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<RequestEntry?> RequestAsync(TenantId tenant, Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<AuditBytes>> AuditAsync(TenantId tenant, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<JournalBytes>> JournalAsync(AuditJournal journal, AuditPosition? before, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task SetNodesAsync(TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped,
        DateTimeOffset now, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<NodeChanges> NodesSinceAsync(TenantId tenant, long version, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(MemberHeartbeat beat, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
