namespace GrpcCreds.Server.Salesforce.Rotation;

/// <summary>How many nodes of a tenant have not applied a revision yet, and how many of these reject it.</summary>
internal delegate Task<(int Behind, int Rejected)> NodesBehind(TenantId tenant, long revision, CancellationToken cancellationToken);
