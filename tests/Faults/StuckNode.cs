using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults;

/// <summary>A node that never reads: what it asks for is more than client and server buffer for one stream, 64 KiB each.</summary>
internal static class StuckNode
{
    public static WatchActiveCredentialRequest Request()
    {
        var request = new WatchActiveCredentialRequest();
        request.Tenants.AddRange(Enumerable.Range(0, 1000).Select(number => new WatchedTenant { TenantId = $"{new string('t', 58)}-{number}" }));
        return request;
    }
}
