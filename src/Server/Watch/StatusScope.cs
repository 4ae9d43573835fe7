
namespace GrpcCreds.Server.Watch;

/// <summary>The tenants of a status watch.</summary>
/// <param name="Named">The tenants, each once; null for all that the caller may see, including those created later.</param>
/// <param name="IsOne">Whether the watch is of one tenant and sends only its status: the stream ends if the caller loses the right to see it.</param>
internal sealed record StatusScope(IReadOnlyList<TenantId>? Named, bool IsOne);
