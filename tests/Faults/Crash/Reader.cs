using Grpc.Core;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>Reads statuses and active credentials, some hundred a second.</summary>
internal sealed class Reader(History history, Uri address, Users users, IReadOnlyList<string> tenants, Random random) : Caller(history, address)
{
    // A load, not a wait: as fast as it can, one reader would take a core from those it is to watch.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(4);

    protected override async Task<bool> CallAsync(CancellationToken stopping)
    {
        var tenant = tenants[random.Next(tenants.Count)];
        var invoked = History.Now;
        try
        {
            var seen = random.Next(2) == 0 ? await StatusAsync(tenant) : await ActiveAsync(tenant);
            History.Reads.Enqueue(new(invoked, History.Now, seen));
            await Task.Delay(Pace, CancellationToken.None);
            return true;
        }
        catch (RpcException e) when (IsOutage(e, "a read"))
        {
            return false;
        }
    }

    private async Task<Seen> StatusAsync(string tenant) =>
        SeenIn((await Client.GetCredentialStatusAsync(new() { TenantId = tenant }, deadline: Deadline)).Status);

    private async Task<Seen> ActiveAsync(string tenant)
    {
        var active = await Client.GetActiveCredentialAsync(new() { TenantId = tenant }, deadline: Deadline);
        return SeenIn(active.Credential, active.Unavailable, users);
    }
}
