using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Tests.Faults.Crash;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>A node on the generated client alone, which goes to the next service when its stream ends.</summary>
internal sealed class ActiveWatcher(
    History history, IReadOnlyList<Uri> services, Users users, IReadOnlyList<string> tenants, string name, int first, bool isNode)
    : Watcher(history, services, name)
{
    private readonly Dictionary<string, ByteString> tokens = [];

    public override IReadOnlyList<string> Tenants => tenants;

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        var request = new WatchActiveCredentialRequest { HeartbeatInterval = Duration.FromTimeSpan(TimeSpan.FromSeconds(5)), NodeId = isNode ? Name : "" };
        request.Tenants.AddRange(tenants.Select(tenant => new WatchedTenant
        {
            TenantId = tenant,
            KnownRevision = Held.TryGetValue(tenant, out var held) ? held.Revision : 0,
            ResumeToken = tokens.GetValueOrDefault(tenant, ByteString.Empty),
        }));
        using var call = Services[(first + Opening) % Services.Count].WatchActiveCredential(request, cancellationToken: stopping);
        return await ReadAsync(call, Take, stopping);
    }

    private void Take(WatchActiveCredentialResponse message)
    {
        switch (message)
        {
            case { Credential: { } credential }:
                tokens[credential.TenantId] = credential.ResumeToken;
                Take(new Shown(credential.TenantId, credential.Revision, null, [users.NameOf(credential.Session.UserId)]));
                break;
            case { Unavailable: { } unavailable }:
                tokens[unavailable.TenantId] = unavailable.ResumeToken;
                Take(new Shown(unavailable.TenantId, unavailable.Revision, null, []));
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
