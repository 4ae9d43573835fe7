using System.Text.Json;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: a tenant's password is stored unsealed in its audit.</summary>
internal sealed class RecordUnsealed(IStore store, IServiceProvider services) : DecoratedStore(store)
{
    public override Task<CommitOutcome> CommitAsync(Commit commit, CancellationToken cancellationToken)
    {
        var records = services.GetRequiredService<RecordSealer>();
        var current = records.Open(new StoredTenant(commit.Tenant, commit.Record, InIndex: true)).Record.Password.Current;
        return Real.CommitAsync(current is null ? commit : commit with
            { Audit = JsonSerializer.SerializeToUtf8Bytes(current.Password.Reveal()) }, cancellationToken);
    }
}
