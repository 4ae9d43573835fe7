using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>How far this server has read each partition's change index. A store with a lower counter has lost commits.</summary>
internal sealed class ChangePositions(IStore store)
{
    private readonly Lazy<long[]> seen = new(() => new long[store.Partitions]);

    /// <summary>Set when everything has to be compared again: after a reconnect, or when the store was found to be behind.</summary>
    private int lookAgain = 1;

    public long this[int partition]
    {
        get => Volatile.Read(ref seen.Value[partition]);
        set => Volatile.Write(ref seen.Value[partition], value);
    }

    public long Seen(TenantId tenant) => this[Partition.Of(tenant, store.Partitions)];

    public void LookAgain() => Volatile.Write(ref lookAgain, 1);

    /// <returns>Whether a full look was requested since the last call.</returns>
    public bool TakeLookAgain() => Interlocked.Exchange(ref lookAgain, 0) == 1;
}
