using System.Collections;
using Google.Protobuf;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api;

/// <summary>The right a call requires.</summary>
internal sealed record Right(Role Role, Reach Reach)
{
    /// <summary>The tenants a request names, exactly as sent.</summary>
    public IEnumerable<string> TenantsOf(IMessage request) => Reach switch
    {
        Reach.Tenant => request switch
        {
            WatchCredentialStatusRequest { TenantId: "", TenantIds: { Count: > 0 } many } => many,
            WatchCredentialStatusRequest { TenantId: "", AllTenants: true } => [],
            _ => [TenantOf(request)],
        },
        Reach.Tenants =>
            ((IEnumerable)(request.Descriptor.FindFieldByName("tenants") ?? request.Descriptor.FindFieldByName("reports")).Accessor.GetValue(request))
            .Cast<IMessage>().Select(TenantOf),
        _ => [],
    };

    private static string TenantOf(IMessage message) => (string)message.Descriptor.FindFieldByName("tenant_id").Accessor.GetValue(message);
}
