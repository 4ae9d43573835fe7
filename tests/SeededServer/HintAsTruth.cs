using GrpcCreds.Server.Store;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: without a hint nothing is believed to have changed, and the index is not read.</summary>
internal sealed class HintAsTruth : DecoratedStore
{
    private Changes? last;
    private int hinted = 1;

    public HintAsTruth(IStore store)
        : base(store) => store.Hinted += _ => Volatile.Write(ref hinted, 1);

    public override async Task<Changes> ChangesSinceAsync(int partition, long seq, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref hinted, 0) == 0 && seq > 0)
            return last! with { Tenants = [] };
        return last = await Real.ChangesSinceAsync(partition, seq, cancellationToken);
    }
}
