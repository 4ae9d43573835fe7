using System.Runtime.CompilerServices;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Keys;

/// <summary>All records, each with the id of the key it is sealed with.</summary>
internal static class SealedRecords
{
    private const int PageSize = 500;

    /// <exception cref="StoreUnavailableException"/>
    public static async IAsyncEnumerable<IReadOnlyList<(TenantId Tenant, string KeyId)>> PagesAsync(
        IStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var partition = 0; partition < store.Partitions; partition++)
        {
            var tenants = (await store.ChangesSinceAsync(partition, 0, cancellationToken)).Tenants.Select(change => change.Tenant).ToArray();
            // Shuffled so that servers that reseal at the same time do not collide at every record.
            Random.Shared.Shuffle(tenants);
            foreach (var page in tenants.Chunk(PageSize))
            {
                var ids = await store.KeyIdsAsync(page, cancellationToken);
                yield return [.. page.Zip(ids).Where(record => record.Second is not null).Select(record => (record.First, record.Second!))];
            }
        }
    }

    /// <summary>How many records each key has sealed; a key without records is not listed.</summary>
    /// <exception cref="StoreUnavailableException"/>
    public static async Task<IReadOnlyDictionary<string, long>> CountAsync(IStore store, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>();
        await foreach (var page in PagesAsync(store, cancellationToken))
        {
            foreach (var (_, keyId) in page)
                counts[keyId] = counts.GetValueOrDefault(keyId) + 1;
        }
        return counts;
    }
}
