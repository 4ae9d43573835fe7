using System.Collections.Concurrent;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: the claim on a renewal is kept in memory only; what follows from it is committed as if it had never been.</summary>
internal sealed class ClaimNotDurable(IStore store, IServiceProvider services) : DecoratedStore(store)
{
    private readonly ConcurrentDictionary<TenantId, (long Before, StoredRecord Claimed)> claims = new();

    public override async Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        var record = services.GetRequiredService<RecordSealer>().Open(new StoredTenant(commit.Tenant, commit.Record, InIndex: true)).Record;
        if (record.OAuth.Current?.Renewal.Claim?.Attempt == record.Rev)
        {
            claims[commit.Tenant] = (commit.ReadRev, commit.Record);
            return new CommitOutcome.Committed(0);
        }
        return claims.TryRemove(commit.Tenant, out var claim) && claim.Claimed.Rev == commit.ReadRev
            ? await Real.CommitAsync(commit with { ReadRev = claim.Before }, cancellationToken)
            : await Real.CommitAsync(commit, cancellationToken);
    }

    public override async Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        [.. (await Real.ReadAsync(tenants, cancellationToken)).Select(stored => stored with { Record = Newest(stored.Tenant, stored.Record) })];

    public override async Task<IReadOnlyList<long>> RevsAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken) =>
        [.. (await ReadAsync(tenants, cancellationToken)).Select(stored => stored.Record?.Rev ?? 0)];

    private StoredRecord? Newest(TenantId tenant, StoredRecord? stored) =>
        claims.TryGetValue(tenant, out var claim) && claim.Before == stored?.Rev ? claim.Claimed : stored;
}
