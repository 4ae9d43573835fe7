using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;

namespace GrpcCreds.Server.Salesforce.Renewal;

/// <summary>
/// A call that failed because of this service's settings waits up to 15 minutes for its next try. A server that starts may have corrected settings,
/// so it has such calls tried at once.
/// </summary>
internal sealed partial class SettingsWorker(
    IStore store, TenantRecords tenantRecords, TimeProvider clock, BackgroundWork work, ILogger<SettingsWorker> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private const int Page = 100;

    // If the server stops before all is done, the next start does it.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = clock.GetUtcNow();
        using var done = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        async Task RoundAsync(CancellationToken cancellationToken)
        {
            if (await TryAsync(started, cancellationToken))
                await done.CancelAsync();
        }
        await work.TryAsync(nameof(SettingsWorker), () => RoundAsync(stoppingToken));
        await work.EveryAsync(nameof(SettingsWorker), Interval, clock, RoundAsync, done.Token);
    }

    /// <returns>Whether all tenants were processed.</returns>
    private async Task<bool> TryAsync(DateTimeOffset started, CancellationToken cancellationToken)
    {
        try
        {
            var all = true;
            foreach (var tenants in (await store.DueAsync(started + RenewalRules.LongestRetry, int.MaxValue, cancellationToken)).Chunk(Page))
            {
                foreach (var snapshot in await tenantRecords.ReadAsync(tenants, cancellationToken))
                {
                    if (!snapshot.IsUnreadable && RenewalRules.WaitsForSettings(snapshot.Record, started))
                    {
                        var applied = await tenantRecords.ApplyOwnAsync(
                            snapshot.Tenant, new Command.TakeSettings(started), "SERVER_STARTED", cancellationToken);
                        all &= applied is not Applied.Refused;
                    }
                }
            }
            return all;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server is stopping; the next start does it.
            return false;
        }
        catch (Exception e) when (e is StoreUnavailableException or UnreadableException)
        {
            Log.Postponed(log, e.Message);
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(470, LogLevel.Debug, "The search for tenants that wait for new settings will be repeated: {Error}")]
        public static partial void Postponed(ILogger logger, string error);
    }
}
