namespace GrpcCreds.Server.Audit;

/// <summary>A refused call: caller, call and reason.</summary>
/// <param name="Caller">The caller's name; null if the caller is unknown.</param>
/// <param name="From">The caller's address, without the port.</param>
/// <param name="Method">The call's name in the contract.</param>
/// <param name="Outcome">The published reason.</param>
/// <param name="Tenant">The tenant named in the call, if a tenant of that name exists.</param>
internal sealed record RefusedCall(string? Caller, string From, string Method, string Outcome, TenantId? Tenant);
