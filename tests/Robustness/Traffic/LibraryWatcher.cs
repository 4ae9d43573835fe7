using GrpcCreds.Client;
using GrpcCreds.Tests.Faults.Crash;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>A node on the client library, which itself decides when to open its stream again.</summary>
internal sealed class LibraryWatcher(History history, Uri service, Users users, IReadOnlyList<string> tenants, string name) : Watcher(history, [service], name)
{
    public override IReadOnlyList<string> Tenants => tenants;

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        await using var watch = new CredentialWatch(new() { Address = service, NodeId = Name });
        await Task.WhenAll(tenants.Select(tenant => ReadAsync(watch.For(tenant), stopping)));
        return true;
    }

    private async Task ReadAsync(CredentialSource source, CancellationToken stopping)
    {
        try
        {
            await foreach (var answer in source.ChangesAsync(stopping))
                Take(new Shown(answer.TenantId, answer.Revision, null, answer is SalesforceSession session ? [users.NameOf(session.UserId)] : []));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The round ends.
        }
    }
}
