using System.Diagnostics;
using System.Diagnostics.Metrics;
using Grpc.Core;
using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>All metrics of a watch, one method per event. No tag names a tenant, and every tag has few values. The package's README lists them.</summary>
internal sealed class ClientMetrics : IDisposable
{
    /// <summary>Traces of what the client does automatically.</summary>
    public static readonly ActivitySource Activities = new(GrpcCredsClientTelemetry.ActivitySourceName);

    private readonly Meter meter = new(GrpcCredsClientTelemetry.MeterName);
    private readonly Counter<long> streamEnds;
    private readonly Counter<long> reports;
    private readonly Counter<long> replacements;
    private readonly Counter<long> retries;
    private readonly Histogram<double> arrivals;

    /// <param name="states">Counts the tenants in each state.</param>
    public ClientMetrics(Func<IReadOnlyDictionary<SourceState, int>> states)
    {
        streamEnds = meter.CreateCounter<long>("grpccreds.client.stream_ends", "{stream}", "Streams that ended, by gRPC status");
        reports = meter.CreateCounter<long>(
            "grpccreds.client.reports", "{report}", "Reports sent, by outcome (Applied, Rejected, Leaving) and verdict (the service's, or Failed)");
        replacements = meter.CreateCounter<long>(
            "grpccreds.client.replacements", "{session}", "Waits for a session to replace a refused one, by outcome (Replaced, None)");
        retries = meter.CreateCounter<long>(
            "grpccreds.client.retried_calls", "{call}", "Calls to Salesforce sent again with a newer session, by outcome (Accepted, Refused)");
        arrivals = meter.CreateHistogram<double>(
            "grpccreds.client.arrival", "s", "Time from active_since of a change (the service's clock) to its arrival (this machine's clock)");
        meter.CreateObservableGauge(
            "grpccreds.client.tenants",
            () => states().Select(state => new Measurement<int>(state.Value, new KeyValuePair<string, object?>("state", state.Key.ToString()))),
            "{tenant}",
            "Watched tenants, by state");
    }

    /// <summary>The meter of this watch only; other watches in the process have meters of the same name.</summary>
    public Meter Meter => meter;

    public void StreamEnded(StatusCode status) => streamEnds.Add(1, new KeyValuePair<string, object?>("status", status.ToString()));

    public void Reported(NodeReport report, ReportVerdict? verdict) => reports.Add(
        1,
        new("outcome", report.Leaving ? "Leaving" : report.Outcome.ToString()),
        new("verdict", verdict is { } known && Enum.IsDefined(known) ? known.ToString() : "Failed"));

    public void Replaced(bool replaced) => replacements.Add(1, new KeyValuePair<string, object?>("outcome", replaced ? "Replaced" : "None"));

    public void Retried(bool accepted) => retries.Add(1, new KeyValuePair<string, object?>("outcome", accepted ? "Accepted" : "Refused"));

    public void Arrived(TimeSpan after) => arrivals.Record(after.TotalSeconds);

    public void Dispose() => meter.Dispose();
}
