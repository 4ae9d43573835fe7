using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Following;

/// <summary>The tenants in the store, in pages ordered by name.</summary>
internal sealed class TenantList(View view, TenantRecords tenantRecords, StoreHealth health)
{
    /// <summary>All tenants, in no particular order.</summary>
    /// <exception cref="StoreUnavailableException">The store's index has not been read yet: a list must not be incomplete.</exception>
    public IEnumerable<TenantId> Tenants() =>
        health.HasLooked ? view.Tenants : throw new StoreUnavailableException("the index of tenants has not been read yet");

    /// <param name="isVisible">Nothing shows of the other tenants, not even that they exist.</param>
    /// <param name="after">The last tenant of the previous page.</param>
    /// <param name="size">The maximum number of tenants.</param>
    /// <param name="cancellationToken">The call's.</param>
    /// <returns>The page, and whether more tenants follow it.</returns>
    /// <exception cref="StoreUnavailableException">
    /// The store could not be read, or its index has not been read yet: a list must not be incomplete.
    /// </exception>
    public async Task<(IReadOnlyList<RecordSnapshot> Page, bool More)> PageAsync(
        Func<TenantId, bool> isVisible, TenantId? after, int size, CancellationToken cancellationToken)
    {
        var tenants = Tenants().Where(tenant => after is null || tenant.CompareTo(after.Value) > 0).Where(isVisible).Order().Take(size + 1).ToList();
        return (await tenantRecords.ReadAsync(tenants[..Math.Min(size, tenants.Count)], cancellationToken), tenants.Count > size);
    }
}
