using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Observability;

/// <summary>Logs a change in health once; the platform would log it every two seconds.</summary>
internal sealed partial class HealthLog(ILogger<HealthLog> log) : IHealthCheckPublisher
{
    private Dictionary<string, (HealthStatus Status, string Reason)> told = [];

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        var now = report.Entries.ToDictionary(entry => entry.Key, entry => (entry.Value.Status, Reason: ReasonOf(entry.Value)));
        foreach (var (check, entry) in report.Entries)
        {
            if (now[check] == told.GetValueOrDefault(check, (HealthStatus.Healthy, "")))
                continue;
            var level = LevelOf(entry.Status);
            var description = entry.Exception is { } broken ? $"it failed with {broken.GetType()}" : entry.Description;
            Log.Changed(log, level, check, entry.Status, description);
        }
        told = now;
        return Task.CompletedTask;
    }

    // The word before the colon. The text after it may contain numbers that change all the time.
    private static string ReasonOf(HealthReportEntry entry) => entry.Status == HealthStatus.Healthy ? "" : entry.Description?.Split(':')[0] ?? "";

    private static LogLevel LevelOf(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => LogLevel.Information,
        HealthStatus.Degraded => LogLevel.Warning,
        _ => LogLevel.Error,
    };

    private static partial class Log
    {
        [LoggerMessage(EventId = 140, Message = "Health check {Check} has status {Status}: {Description}")]
        public static partial void Changed(ILogger logger, LogLevel level, string check, HealthStatus status, string? description);
    }
}
