using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Audit;

/// <summary>Makes batches durable, retrying as often as necessary, and reports when the store does not accept them.</summary>
internal sealed partial class DisclosureWriter(
    IStore store, Sealer sealer, WriteBlock block, AuditLog audit, ServiceMetrics metrics, TimeProvider clock, BackgroundWork work,
    IHostApplicationLifetime host, ILogger<DisclosureWriter> log)
    : IHealthCheck
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan MaxPause = TimeSpan.FromSeconds(2);

    private string? failure;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Volatile.Read(ref failure) is { } text
            ? HealthCheckResult.Degraded(
                $"AUDIT_NOT_WRITTEN: nodes receive only credentials that were sent to them before, because new disclosures cannot be recorded: {text}")
            : HealthCheckResult.Healthy("disclosures to nodes are recorded"));

    /// <summary>Waits for callers that come at the same time, then writes until the entry is durable or no caller waits for it any more.</summary>
    /// <returns>By how many the number of remembered callers grows.</returns>
    /// <remarks>Uses real time, whatever clock the service runs by.</remarks>
    public async Task<int> RunAsync(TenantDisclosures tenant, DisclosureBatch batch, TimeSpan wait)
    {
        await Task.Delay(wait);
        DisclosureEntry? entry = null;
        byte[]? bytes = null;
        for (var failures = 1; ; failures++)
        {
            try
            {
                entry ??= tenant.Close(batch, clock.GetUtcNow());
                bytes ??= entry.Seal(sealer);
                if (block() is { } text)
                    throw new StoreUnavailableException(text);
                await store.AppendAsync(AuditJournal.Disclosures(entry.Tenant), entry.Id, bytes, CancellationToken.None);
                break;
            }
            catch (Exception e)
            {
                // Whatever the cause: no caller may join a batch that is not written. Damage concerns this tenant only, and the store reports it.
                var away = e as StoreUnavailableException ?? Unplanned(e);
                if (away is not StoreDamagedException)
                    Fails(away.Message);
                if (!tenant.Failed(batch, away) || host.ApplicationStopping.IsCancellationRequested)
                    return 0;
            }
            await Task.Delay(Backoff.SpreadAfter(failures, Pause, MaxPause), host.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        work.Try($"{nameof(DisclosureWriter)}: log", () =>
        {
            Works();
            // Logged before it is sent, so that the log lacks nothing that was sent.
            audit.Disclosed(entry);
            metrics.Disclosed(entry.Recipients.Count);
        });
        return tenant.Written(batch);
    }

    private StoreUnavailableException Unplanned(Exception exception)
    {
        work.Failed(nameof(DisclosureWriter), exception);
        return new("the disclosure could not be recorded; the service's log shows why", exception);
    }

    // Logged once, not with every attempt.
    private void Fails(string text)
    {
        metrics.AuditFailed("disclosure");
        if (Interlocked.Exchange(ref failure, text) is null)
            Log.Fails(log, text);
    }

    private void Works()
    {
        if (Interlocked.Exchange(ref failure, null) is not null)
            Log.Works(log);
    }

    private static partial class Log
    {
        [LoggerMessage(610, LogLevel.Error,
            "Disclosures to nodes cannot be recorded: {Failure}. Until that works, no credential is sent to a caller that has not received it before")]
        public static partial void Fails(ILogger logger, string failure);

        [LoggerMessage(611, LogLevel.Information, "Disclosures to nodes are recorded again")]
        public static partial void Works(ILogger logger);
    }
}
