using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Decides who sees the details of health: any client of the HTTP port while it listens on loopback only, and a caller that may see the status of every
/// tenant. Everyone else sees only the status, because the details contain numbers of records, key ids and paths.
/// </summary>
internal sealed class HealthDetails(Authentication authentication, IOptions<ListenOptions> listen) : IHealthAudience
{
    // A request with one of these headers comes through a proxy on this machine, so its client may be elsewhere.
    private static readonly string[] OfProxies = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"];

    public async Task<bool> SeesDetailsAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (listen.Value.IsHttpOnLoopback && !HttpProtocol.IsHttp2(context.Request.Protocol) && !OfProxies.Any(headers.ContainsKey))
            return true;
        if (headers.Authorization.Count == 0)
            return false;
        try
        {
            var from = context.Connection.RemoteIpAddress?.ToString() ?? "";
            return await authentication.IdentifyAsync(context, from) is { } caller && caller.May(Role.Viewer, Grants.AllTenants);
        }
        catch (IssuerUnavailableException)
        {
            // The caller's rights cannot be checked now.
            return false;
        }
    }
}
