namespace GrpcCreds.Server.Store;

/// <summary>A tenant's newest commit.</summary>
internal readonly record struct Change(TenantId Tenant, long Seq);
