using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;

namespace GrpcCreds.Server.Tenants.Following;

/// <summary>
/// Opens every record once after the start and again every hour, at a low rate, so that damage shows in the health report before the record
/// is needed and while its backup still exists.
/// </summary>
/// <remarks>
/// It only looks and keeps nothing. Records whose revision has to be restored are read through <see cref="TenantRecords"/>, which does that.
/// </remarks>
internal sealed class Inspector(
    IStore store, RecordSealer records, View view, TenantRecords tenantRecords, RollbackRepair repair, StoreDamage damage, StoreHealth health,
    TimeProvider clock, BackgroundWork work) : BackgroundService
{
    private const int Page = 200;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private TimeSpan wait = TimeSpan.Zero;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.RepeatAsync(
        nameof(Inspector),
        waiting => Task.Delay(wait, clock, waiting),
        async looking =>
        {
            // A failed pass is repeated soon.
            wait = Again;
            wait = await LookAsync(looking) ? Interval : Again;
        },
        stoppingToken);

    /// <returns>Whether all records were inspected.</returns>
    private async Task<bool> LookAsync(CancellationToken cancellationToken)
    {
        // No tenant is known before the first look at the index.
        if (!health.IsFresh)
            return false;
        try
        {
            foreach (var page in view.Tenants.Chunk(Page))
            {
                foreach (var stored in await store.ReadAsync(page, cancellationToken))
                    await JudgeAsync(records.Open(stored), cancellationToken);
                await Task.Delay(Pause, cancellationToken);
            }
            return true;
        }
        catch (StoreUnavailableException)
        {
            // The follower logs it.
            return false;
        }
    }

    private async Task JudgeAsync(RecordSnapshot snapshot, CancellationToken cancellationToken)
    {
        if (snapshot.IsUnreadable)
            damage.Unreadable(snapshot.Tenant, snapshot.Rev);
        else if (repair.IsAhead(snapshot))
            await tenantRecords.ReadAsync([snapshot.Tenant], cancellationToken);
        else
        {
            damage.Opened(snapshot.Tenant);
            damage.Whole(Damaged.Revision, snapshot.Tenant);
        }
    }
}
