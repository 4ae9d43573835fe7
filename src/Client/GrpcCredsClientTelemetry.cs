namespace GrpcCreds.Client;

/// <summary>The names of the client's meter and activity source. No tag names a tenant, a node or a host.</summary>
public static class GrpcCredsClientTelemetry
{
    /// <summary>The meter: <c>metrics.AddMeter(GrpcCredsClientTelemetry.MeterName)</c>. The package's README lists what it measures.</summary>
    public const string MeterName = "GrpcCreds.Client";

    /// <summary>
    /// The source of traces: <c>tracing.AddSource(GrpcCredsClientTelemetry.ActivitySourceName)</c>. Spans: <c>ReportCredentials</c> for each report
    /// call, <c>ReplaceSession</c> for each wait for a session to replace one that Salesforce refused.
    /// </summary>
    public const string ActivitySourceName = "GrpcCreds.Client";
}
