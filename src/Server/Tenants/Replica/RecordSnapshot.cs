using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// What was read of a tenant at one rev: its record, or the finding that it cannot be read. Immutable; everybody who looks at the same
/// change shares one.
/// </summary>
internal sealed class RecordSnapshot
{
    private readonly TenantRecord? record;

    private RecordSnapshot(TenantId tenant, TenantRecord? record, StoredRecord? stored, bool isUnreadable)
    {
        Tenant = tenant;
        this.record = record;
        Stored = stored;
        IsUnreadable = isUnreadable;
    }

    public TenantId Tenant { get; }

    /// <summary>The sealed form, as durable; null if the store has none.</summary>
    public StoredRecord? Stored { get; }

    /// <summary>As it stands in the store. Of a record that opens it is true, for the record is sealed for it; of another one it is anybody's word.</summary>
    public long Rev => Stored?.Rev ?? 0;

    public bool IsUnreadable { get; }

    /// <summary>Nobody ever configured the tenant. Anybody may watch any number of such names: nothing is kept of one but its name.</summary>
    public bool NeverWas => !IsUnreadable && record is null;

    public TenantRecord Record => record ?? (IsUnreadable ? throw new UnreadableException(Tenant) : new() { Tenant = Tenant });

    public static RecordSnapshot Of(TenantRecord record, StoredRecord? stored) => new(record.Tenant, record, stored, isUnreadable: false);

    public static RecordSnapshot OfNone(TenantId tenant) => new(tenant, null, null, isUnreadable: false);

    public static RecordSnapshot Unreadable(TenantId tenant, StoredRecord? stored) => new(tenant, null, stored, isUnreadable: true);
}
