using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Health over HTTP: <c>/healthz/live</c> (the process answers) and <c>/healthz/ready</c> (it can serve), 200 or 503, one line of text a
/// check for whom <see cref="IHealthAudience"/> lets see them. The status stands in grpc.health.v1 too.
/// </summary>
internal static class HealthEndpoints
{
    public static IServiceCollection AddObservability(this IServiceCollection services, IConfiguration configuration)
    {
        QueryHidingServer.Register(services);
        services.AddSingleton<ServiceMetrics>().AddGrpcHealthChecks();
        services.AddTelemetry(configuration);
        services.AddSingleton<BackgroundWork>().AddHostedService<WorkerFailures>();
        // Not AddHealthChecks, which would look at the store before it is open: who registers the store starts the looking.
        services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("workers", provider => provider.GetRequiredService<BackgroundWork>(), failureStatus: null, tags: null)));
        services.AddSingleton<IHealthCheckPublisher, HealthLog>();
        // What it says stands in the log of HealthLog.
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
