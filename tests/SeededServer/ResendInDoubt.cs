using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;

namespace GrpcCreds.SeededServer;

/// <summary>Bug: the service forgets that the outcome of a refresh is unknown and presents its token again.</summary>
internal sealed class ResendInDoubt(IStore store, IServiceProvider services) : DecoratedStore(store)
{
    public override async Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
    {
        var records = services.GetRequiredService<RecordSealer>();
        return [.. (await Real.ReadAsync(tenants, cancellationToken)).Select(Forgetful)];

        StoredTenant Forgetful(StoredTenant stored)
        {
            if (records.Open(stored) is not { IsUnreadable: false, Record.OAuth.Current: { Renewal.DoubtedAttempt: not null } doubted } reading)
                return stored;
            var certain = doubted with { Renewal = doubted.Renewal with { DoubtedAttempt = null } };
            return stored with { Record = records.Seal(reading.Record.With(Mode.Oauth, Slot.Current, certain)) };
        }
    }
}
