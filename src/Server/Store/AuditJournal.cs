namespace GrpcCreds.Server.Store;

/// <summary>Audit entries that belong to no commit: what one tenant's callers received, or (no tenant) which calls were refused.</summary>
internal readonly record struct AuditJournal(TenantId? Tenant)
{
    public static readonly AuditJournal Refusals = new(null);

    public static AuditJournal Disclosures(TenantId tenant) => new(tenant);
}
