using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// What was read of a tenant at one rev: its record, or the finding that it cannot be read. Immutable; all readers of the same change share
/// one snapshot.
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

    /// <summary>The rev in the store. It is proven if the record opens, because the record is sealed for it; otherwise it may be any number.</summary>
    public long Rev => Stored?.Rev ?? 0;

    public bool IsUnreadable { get; }

    /// <summary>The tenant was never configured. Any number of such names may be watched: only the name is kept.</summary>
    public bool NeverWas => !IsUnreadable && record is null;

    public TenantRecord Record => record ?? (IsUnreadable ? throw new UnreadableException(Tenant) : new() { Tenant = Tenant });

    public static RecordSnapshot Of(TenantRecord record, StoredRecord? stored) => new(record.Tenant, record, stored, isUnreadable: false);

    public static RecordSnapshot OfNone(TenantId tenant) => new(tenant, null, null, isUnreadable: false);

    public static RecordSnapshot Unreadable(TenantId tenant, StoredRecord? stored) => new(tenant, null, stored, isUnreadable: true);
}
