namespace GrpcCreds.Server.Audit;

/// <summary>Who was refused what.</summary>
/// <param name="Caller">His name; null if nobody known called.</param>
/// <param name="From">His address, without the port.</param>
/// <param name="Method">The call's name in the contract.</param>
/// <param name="Outcome">The published reason.</param>
/// <param name="Tenant">The tenant it named, if there is one of that name.</param>
internal sealed record RefusedCall(string? Caller, string From, string Method, string Outcome, TenantId? Tenant);
