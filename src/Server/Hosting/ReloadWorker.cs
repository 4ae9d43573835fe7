using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Checks all reloaded files for changes every 2 s. Polling is enough: file system notifications miss changes made by Kubernetes and on network
/// disks, and a few small files are cheap to read.
/// </summary>
internal sealed partial class ReloadWorker(
    CallerFiles callers, ServerTls tls, RightsSignal signal, ServiceMetrics metrics, TimeProvider clock, BackgroundWork work, ILogger<ReloadWorker> log)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    private const string NobodyMayCall = "the table of callers is empty: every call is refused";

    private readonly IReloaded[] files = tls.Certificate is { } certificate ? [.. callers.All, certificate] : [.. callers.All];
    private readonly Reloaded<CallerTable>? table = callers.Table;

    private bool IsShut => table?.Value.IsEmpty == true;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        // Any client may query health, so the details of a file's problem go only to the log.
        var failed = files.Where(file => file.Problem is not null).Select(file => file.Name).ToList();
        return Task.FromResult(failed.Count == 0
            ? IsShut
                ? HealthCheckResult.Degraded($"NO_CALLERS: {NobodyMayCall}")
                : HealthCheckResult.Healthy("callers and certificates match their files")
            : HealthCheckResult.Degraded($"RELOAD_FAILED: the last good content remains in force for {string.Join(", ", failed)}; the log shows why"));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(nameof(ReloadWorker), Interval, clock, LookAsync, stoppingToken);

    private Task LookAsync(CancellationToken cancellationToken)
    {
        foreach (var file in files)
            work.Try($"{nameof(ReloadWorker)}: {file.Name}", () => Look(file));
        return Task.CompletedTask;
    }

    private void Look(IReloaded file)
    {
        if (file.Look())
            Tell(file);
    }

    private void Tell(IReloaded file)
    {
        // First, so that open streams notice a revoked right even if a later step fails.
        if (file.Problem is null)
            signal.Ring();
        metrics.Reloaded(file.Name, file.Problem is null);
        if (file.Problem is { } problem)
        {
            Log.Refused(log, file.Name, problem);
            return;
        }
        Log.Accepted(log, file.Name);
        if (file == table && IsShut)
            Log.Shut(log, NobodyMayCall);
    }

    private static partial class Log
    {
        [LoggerMessage(121, LogLevel.Information, "Read {File} again")]
        public static partial void Accepted(ILogger logger, string file);

        [LoggerMessage(127, LogLevel.Warning, "{NobodyMayCall}")]
        public static partial void Shut(ILogger logger, string nobodyMayCall);

        [LoggerMessage(122, LogLevel.Error, "The last good content remains in force for {File}: {Problem}")]
        public static partial void Refused(ILogger logger, string file, string problem);
    }
}
