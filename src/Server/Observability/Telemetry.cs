using OpenTelemetry;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Sends metrics and traces by OTLP to the endpoint in the standard variable <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>; without it nothing is sent. Of the
/// platform's telemetry, only the meters of Kestrel and gRPC are sent: traces of requests would show their URLs.
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
