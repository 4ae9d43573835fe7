using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Health over HTTP: <c>/healthz/live</c> (the process answers) and <c>/healthz/ready</c> (it can serve). Answers 200 or 503, with one line of text per check
/// for clients that <see cref="IHealthAudience"/> allows to see them. grpc.health.v1 reports the same status.
/// </summary>
internal static class HealthEndpoints
{
    public static IServiceCollection AddObservability(this IServiceCollection services, IConfiguration configuration)
    {
        QueryHidingServer.Register(services);
        services.AddSingleton<ServiceMetrics>().AddGrpcHealthChecks();
        services.AddTelemetry(configuration);
        services.AddSingleton<BackgroundWork>().AddHostedService<WorkerFailures>();
        // Not AddHealthChecks: its checks would use the store before it is open. The code that registers the store starts the checks.
        services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("workers", provider => provider.GetRequiredService<BackgroundWork>(), failureStatus: null, tags: null)));
        services.AddSingleton<IHealthCheckPublisher, HealthLog>();
        // HealthLog logs the same.
        services.AddLogging(logging => logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService", LogLevel.None));
        return services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(2);
        });
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcHealthChecksService();
        routes.MapHealthChecks("/healthz/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        routes.MapHealthChecks("/healthz/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        await context.Response.WriteAsync($"{report.Status}\n");
        if (!await context.RequestServices.GetRequiredService<IHealthAudience>().SeesDetailsAsync(context))
            return;
        foreach (var (name, entry) in report.Entries)
            await context.Response.WriteAsync($"{name}: {entry.Status}: {entry.Description}\n");
    }
}
