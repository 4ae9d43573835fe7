using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Every 30 s, by real time, compares what this server knows of its nodes with what the others know: a stream of an instance that has opened a newer one elsewhere is
/// ended, and entries that tell nothing any more are taken away, also those of servers that are gone.
/// </summary>
internal sealed class NodeRegistryWorker(NodeRegistry registry, Fleets fleets, ClusterMembers members, BackgroundWork work) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        work.EveryAsync(nameof(NodeRegistryWorker), Interval, TimeProvider.System, LookAsync, stoppingToken);

    /// <summary>Looks once, at every tenant of which this server has nodes.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var (tenant, mine) in registry.Tenants)
        {
            if (!await LookAsync(tenant, mine, cancellationToken))
                return;
        }
    }

    /// <returns>false: the store is away.</returns>
    private async Task<bool> LookAsync(TenantId tenant, TenantNodes mine, CancellationToken cancellationToken)
    {
        try
        {
            var entries = (await fleets.ReadAsync(tenant, cancellationToken)).Entries();
            var elsewhere = entries.Where(entry => entry.IsOpen && entry.Server != members.Id && members.GoneSince(entry.Server) is null).ToLookup(entry => entry.Name);
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
            // Health says so; the other tenants are looked at.
            return true;
        }
        catch (StoreUnavailableException)
        {
            // The follower says so; the next look is soon.
            return false;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The other tenants are looked at all the same.
            work.Failed($"{nameof(NodeRegistryWorker)}: a tenant", e);
            return true;
        }
    }
}
