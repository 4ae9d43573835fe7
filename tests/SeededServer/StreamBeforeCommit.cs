using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: the streams are told of a record before it is durable.</summary>
internal sealed class StreamBeforeCommit(IStore store, IServiceProvider services) : DecoratedStore(store)
{
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(20);

    public override async Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        var records = services.GetRequiredService<RecordSealer>();
        services.GetRequiredService<View>().Offer(records.Open(new StoredTenant(commit.Tenant, commit.Record, InIndex: true)));
        await Task.Delay(Later, cancellationToken);
        return await Real.CommitAsync(commit, cancellationToken);
    }
}
