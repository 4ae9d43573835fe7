namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>A tenant's record is damaged or sealed with a key this server does not have.</summary>
internal sealed class UnreadableException(TenantId tenant) : Exception($"the record of tenant '{tenant}' cannot be unsealed");
