namespace GrpcCreds.Server.Observability;

/// <summary>
/// Logs why a worker failed and stopped the service. The host's own log is disabled, because it would also repeat the error of a refused start.
/// </summary>
internal sealed partial class WorkerFailures(IServiceProvider services, IHostApplicationLifetime host, ILogger<WorkerFailures> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        host.ApplicationStopping.Register(Tell);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Tell()
    {
        foreach (var worker in services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (worker.ExecuteTask?.Exception?.InnerException is { } exception)
                Log.Broke(log, worker.GetType().Name, exception);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(130, LogLevel.Critical, "The worker {Worker} failed, and the service stops; this is a bug in the service")]
        public static partial void Broke(ILogger logger, string worker, Exception exception);
    }
}
