using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;

namespace GrpcCreds.Server.Salesforce.Results;

/// <summary>A repeated request whose call to Salesforce is still running, here or on another server: nothing is sent again.</summary>
internal static class PendingRequest
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits for the request's result, until its claim ends.</summary>
    public static async Task<Applied> ResultAsync(
        TenantRecords tenantRecords, TenantId tenant, RequestKey request, Applied.Known pending, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (clock.GetUtcNow() < pending.Time + Claims.Lifetime)
        {
            await Task.Delay(Pause, clock, cancellationToken);
            if (await tenantRecords.RememberedAsync(tenant, request, cancellationToken) is { } remembered and not Applied.Known { Result: WriteResult.Pending })
                return remembered;
        }
        return pending with { Result = WriteResult.TestUnknown };
    }
}
