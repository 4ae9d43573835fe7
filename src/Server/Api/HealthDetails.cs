using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Who is shown what is wrong with the service: whoever asks the HTTP port where it listens on loopback only, and a caller that may see every tenant's status.
/// Numbers of records, ids of keys and paths are none of a stranger's business; anybody else learns the status alone.
/// </summary>
internal sealed class HealthDetails(Authentication authentication, IOptions<ListenOptions> listen) : IHealthAudience
{
    // What a proxy on this machine passes on comes from elsewhere.
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
            // Whether the caller may see them cannot be told now.
            return false;
        }
    }
}
