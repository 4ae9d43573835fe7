using Grpc.Core;
using GrpcCreds.Tests.Faults.Crash;

namespace GrpcCreds.Tests.Robustness.Traffic;

/// <summary>Reads statuses and active credentials at all services; every other credential with the newest revision that was acknowledged.</summary>
internal sealed class Reader(History history, IReadOnlyList<Uri> addresses, Users users, IReadOnlyList<string> tenants, Random random)
    : Caller(history, addresses)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(8);

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        var (tenant, service) = (tenants[random.Next(tenants.Count)], random.Next(Services.Count));
        await Task.Delay(Pace, CancellationToken.None);
        var minRevision = random.Next(4) switch { 0 => NewestOf(tenant), 1 => 0, _ => (long?)null };
        var invoked = History.Now;
        try
        {
            var shown = minRevision is { } least ? await ActiveAsync(service, tenant, least) : await StatusAsync(service, tenant);
            History.Reads.Enqueue(new(service, invoked, History.Now, minRevision, shown));
            return true;
        }
        catch (RpcException e) when (IsOutage(e, "a read"))
        {
            return false;
        }
    }

    private async Task<Shown> StatusAsync(int service, string tenant) =>
        ShownIn((await Services[service].GetCredentialStatusAsync(new() { TenantId = tenant }, deadline: Deadline)).Status);

    private async Task<Shown> ActiveAsync(int service, string tenant, long minRevision)
    {
        var active = await Services[service].GetActiveCredentialAsync(new() { TenantId = tenant, MinRevision = minRevision }, deadline: Deadline);
        return active.Credential is { } credential
            ? new(tenant, credential.Revision, null, [users.NameOf(credential.Session.UserId)])
            : new(tenant, active.Unavailable.Revision, null, []);
    }

    private long NewestOf(string tenant) =>
        History.Attempts.Where(attempt => attempt.Write.Tenant == tenant && attempt.Write.Activates).Max(attempt => attempt.Shown?.Revision) ?? 0;
}
