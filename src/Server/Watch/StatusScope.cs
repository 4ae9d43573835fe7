
namespace GrpcCreds.Server.Watch;

/// <summary>Which tenants a status watch is about.</summary>
/// <param name="Named">Each once; null: all that the caller may see, also those that come later.</param>
/// <param name="IsOne">One tenant and nothing but its status: the stream ends with the right to see it.</param>
internal sealed record StatusScope(IReadOnlyList<TenantId>? Named, bool IsOne);
