using OpenTelemetry;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Sends metrics and traces by OTLP where the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; without it nothing is sent. Of the
/// platform only Kestrel's and gRPC's meters: traces of requests would show what stands in their URLs.
/// </summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    public static void AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[Endpoint]))
            return;
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddMeter(ServiceMetrics.MeterName, "Microsoft.AspNetCore.Server.Kestrel", "Grpc.AspNetCore.Server"))
            .WithTracing(traces => traces.AddSource(ServiceMetrics.MeterName))
            .UseOtlpExporter();
    }
}
