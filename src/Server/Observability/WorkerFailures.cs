namespace GrpcCreds.Server.Observability;

/// <summary>Says why a worker broke and took the service with it; the host's own words for it are not logged, for they also repeat what a refused start says.</summary>
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
        [LoggerMessage(130, LogLevel.Critical, "The worker {Worker} broke, and the service stops; this is a bug of the service")]
        public static partial void Broke(ILogger logger, string worker, Exception exception);
    }
}
