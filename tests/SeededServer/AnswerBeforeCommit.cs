using System.Collections.Concurrent;
using GrpcCreds.Server.Store;

namespace GrpcCreds.SeededServer;

/// <summary>
/// Bug: a commit is answered from memory and reaches the disk a little later. Whoever asks meanwhile is answered from memory too, so that
/// nothing but a crash shows it.
/// </summary>
internal sealed class AnswerBeforeCommit(IStore store) : DecoratedStore(store)
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<TenantId, (StoredRecord Record, Task Commit)> pending = new();
    private readonly SemaphoreSlim gate = new(1);

    public override async Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (pending.TryGetValue(commit.Tenant, out var before))
                await before.Commit;
            if (await Real.RequestAsync(commit.Tenant, commit.Request.Id, cancellationToken) is { } known)
                return new CommitOutcome.Known(known);
            if ((await Real.RevsAsync([commit.Tenant], cancellationToken))[0] != commit.ReadRev)
                return new CommitOutcome.Conflict();
            pending[commit.Tenant] = (commit.Record, CommitLaterAsync(commit));
            return new CommitOutcome.Committed(0);
        }
        finally
        {
            gate.Release();
        }
    }

    public override async Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        [.. (await Real.ReadAsync(tenants, cancellationToken)).Select(stored => stored with { Record = Newest(stored.Tenant, stored.Record) })];

    public override async Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(tenants, cancellationToken)).Select(stored => stored.Record?.Rev ?? 0)];

    private StoredRecord? Newest(TenantId tenant, StoredRecord? stored) =>
        pending.TryGetValue(tenant, out var waiting) && waiting.Record.Rev > (stored?.Rev ?? 0) ? waiting.Record : stored;

    private async Task CommitLaterAsync(Commit commit)
    {
        await Task.Delay(Later);
        await Real.CommitAsync(commit, CancellationToken.None);
    }
}
