using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// Every 30 s, by real time, compares what this server knows of its nodes with what the others know: a stream of an instance that has opened a newer one elsewhere is
/// ended, and entries that tell nothing any more are taken away, also those of servers that are gone.
/// </summary>
internal sealed class RosterUpkeep(Roster roster, Fleets fleets, Credentials.Servers servers) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await LookAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    /// <summary>Looks once, at every tenant of which this server has nodes.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var (tenant, mine) in roster.Tenants)
            {
                if (await EntriesAsync(tenant, cancellationToken) is not { } entries)
                    continue;
                var elsewhere = entries.Where(entry => entry.IsOpen && entry.Server != servers.Id && servers.GoneSince(entry.Server) is null).ToLookup(entry => entry.Name);
                foreach (var stream in mine.Streams())
                {
                    if (elsewhere[stream.Name].Any(entry => entry.OpenedTime > mine.Entry(stream.Name)?.OpenedTime))
                        stream.Replace();
                }
                roster.Drop(tenant, mine, FleetPicture.Superfluous(entries, servers.GoneSince));
                roster.Forget(tenant, mine);
            }
        }
        catch (StoreUnavailableException)
        {
            // The follower says so; the next look is soon.
        }
    }

    private async Task<IReadOnlyList<NodeEntry>?> EntriesAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        try
        {
            return (await fleets.ReadAsync(tenant, cancellationToken)).Entries();
        }
        catch (StoreDamagedException)
        {
            // Health says so; the other tenants are looked at.
            return null;
        }
    }
}
