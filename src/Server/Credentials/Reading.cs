using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// What was read of a tenant at one rev: its record, or the finding that it cannot be read. Immutable; everybody who looks at the same
/// change shares one.
/// </summary>
internal sealed class Reading
{
    private readonly TenantRecord? record;

    private Reading(TenantId tenant, TenantRecord? record, StoredRecord? stored)
    {
        Tenant = tenant;
        this.record = record;
        Stored = stored;
    }

    public TenantId Tenant { get; }

    /// <summary>The sealed form, as durable; null if the store has none.</summary>
    public StoredRecord? Stored { get; }

    /// <summary>As it stands in the store. Of a record that opens it is true, for the record is sealed for it; of another one it is anybody's word.</summary>
    public long Rev => Stored?.Rev ?? 0;

    public bool IsUnreadable => record is null;

    public TenantRecord Record => record ?? throw new UnreadableException(Tenant);

    public static Reading Of(TenantRecord record, StoredRecord? stored) => new(record.Tenant, record, stored);

    public static Reading Unreadable(TenantId tenant, StoredRecord? stored) => new(tenant, null, stored);
}

/// <summary>A tenant's record is damaged or sealed with a key this server does not have.</summary>
internal sealed class UnreadableException(TenantId tenant) : Exception($"the record of tenant '{tenant}' cannot be unsealed");
