using Google.Protobuf.WellKnownTypes;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>A page that shows the statuses of all tenants, from one service.</summary>
internal sealed class StatusWatcher(History history, Uri service, IReadOnlyList<string> tenants, string name) : Watcher(history, [service], name)
{
    public override IReadOnlyList<string> Tenants => tenants;

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        var request = new WatchCredentialStatusRequest { HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)), TenantIds = { tenants } };
        using var call = Services[0].WatchCredentialStatus(request, cancellationToken: stopping);
        return await ReadAsync(call, Take, stopping);
    }

    private void Take(WatchCredentialStatusResponse message)
    {
        switch (message)
        {
            case { Status: { } status }:
                Take(ShownIn(status));
                break;
            case { Synced: not null }:
                Synced();
                break;
            case { Heartbeat: { } heartbeat }:
                Take(heartbeat);
                break;
        }
    }
}
