using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Audit;

/// <summary>Makes batches durable, however often the store has to be asked, and tells when it does not take them.</summary>
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
            ? HealthCheckResult.Degraded($"AUDIT_NOT_WRITTEN: no node is sent a credential it was not sent before, for that cannot be recorded: {text}")
            : HealthCheckResult.Healthy("what is sent to nodes is recorded"));

    /// <summary>Waits for who comes at the same time, then writes until the entry is durable or nobody waits for it any more.</summary>
    /// <returns>How many callers more are remembered.</returns>
    /// <remarks>By real time, whatever clock the service runs by.</remarks>
    public async Task<int> RunAsync(TenantDisclosures tenant, DisclosureBatch batch, TimeSpan wait)
    {
        await Task.Delay(wait);
        DisclosureEntry? entry = null;
        byte[]? bytes = null;
        for (var pause = Pause; ; pause = pause * 2 < MaxPause ? pause * 2 : MaxPause)
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
                // Whatever it is: nobody joins a batch that nobody writes. Damage is of this tenant, and the store tells it.
                var away = e as StoreUnavailableException ?? Unplanned(e);
                if (away is not StoreDamagedException)
                    Fails(away.Message);
                if (!tenant.Failed(batch, away) || host.ApplicationStopping.IsCancellationRequested)
                    return 0;
            }
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), host.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        work.Try($"{nameof(DisclosureWriter)}: log", () =>
        {
            Works();
            // Before it is sent, so that the log does not lack what was.
            audit.Disclosed(entry);
            metrics.Disclosed(entry.Recipients.Count);
        });
        return tenant.Written(batch);
    }

    private StoreUnavailableException Unplanned(Exception exception)
    {
        work.Failed(nameof(DisclosureWriter), exception);
        return new("it could not be recorded what is sent; the service's log says why", exception);
    }

    // Said once, not with every attempt.
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
        [LoggerMessage(610, LogLevel.Error, "What is sent to nodes cannot be recorded: {Failure}. No credential is sent to anyone it was not sent to before, until that works")]
        public static partial void Fails(ILogger logger, string failure);

        [LoggerMessage(611, LogLevel.Information, "What is sent to nodes is recorded again")]
        public static partial void Works(ILogger logger);
    }
}
