using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Hosting;

/// <summary>
/// Looks at all reloaded files every 2 s. Looking is enough: notifications of file systems miss what Kubernetes and network disks do, and a few
/// small files cost nothing to read.
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
        // Anybody may ask for health: what is wrong with a file is for the log.
        var failed = files.Where(file => file.Problem is not null).Select(file => file.Name).ToList();
        return Task.FromResult(failed.Count == 0
            ? IsShut
                ? HealthCheckResult.Degraded($"NO_CALLERS: {NobodyMayCall}")
                : HealthCheckResult.Healthy("callers and certificates are as their files say")
            : HealthCheckResult.Degraded($"RELOAD_FAILED: what was read before stays in force for {string.Join(", ", failed)}; the log says why"));
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
        // First: open streams learn of a right that was taken away whatever else breaks.
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

        [LoggerMessage(122, LogLevel.Error, "What was read before stays in force for {File}: {Problem}")]
        public static partial void Refused(ILogger logger, string file, string problem);
    }
}
