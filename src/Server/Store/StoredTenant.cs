namespace GrpcCreds.Server.Store;

/// <summary>
/// What the store has of a tenant. A tenant that is in the change index or has audit entries of writes, but has no record, has lost it: that is
/// damage, never "not configured".
/// </summary>
internal sealed record StoredTenant(TenantId Tenant, StoredRecord? Record, bool InIndex)
{
    public bool IsLost => Record is null && InIndex;
}
