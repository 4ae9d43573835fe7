using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Every 30 s of real time, compares this server's nodes with those of the other servers. It ends a stream whose instance has opened a newer one elsewhere,
/// and removes entries that are no longer needed, including those of servers that are gone.
/// </summary>
internal sealed class NodeRegistryWorker(NodeRegistry registry, Fleets fleets, ClusterMembers members, BackgroundWork work) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.EveryAsync(nameof(NodeRegistryWorker), Interval, TimeProvider.System, LookAsync, stoppingToken);

    /// <summary>Runs once for every tenant of which this server has nodes.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var (tenant, mine) in registry.Tenants)
        {
            if (!await LookAsync(tenant, mine, cancellationToken))
                return;
        }
    }

    /// <returns>False if the store is unavailable.</returns>
    private async Task<bool> LookAsync(TenantId tenant, TenantNodes mine, CancellationToken cancellationToken)
    {
        try
        {
            var entries = (await fleets.ReadAsync(tenant, cancellationToken)).Entries();
            var elsewhere = entries
                .Where(entry => entry.IsOpen && entry.Server != members.Id && members.GoneSince(entry.Server) is null)
                .ToLookup(entry => entry.Name);
            foreach (var stream in mine.Streams())
            {
                if (elsewhere[stream.Name].Any(entry => entry.OpenedTime > mine.Entry(stream.Name)?.OpenedTime))
                    stream.Replace();
            }
            registry.Drop(tenant, mine, FleetSnapshot.Superfluous(entries, members.GoneSince));
            registry.Forget(tenant, mine);
            return true;
        }
        catch (StoreDamagedException)
        {
            // Health reports the damage; the other tenants are still checked.
            return true;
        }
        catch (StoreUnavailableException)
        {
            // The follower reports it; the next round is soon.
            return false;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The other tenants are still checked.
            work.Failed($"{nameof(NodeRegistryWorker)}: a tenant", e);
            return true;
        }
    }
}
