using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>The client's telemetry: metrics, traces, health.</summary>
public sealed class TelemetryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replaced_session_is_counted_from_the_report_to_the_retry_and_no_tag_names_a_tenant()
    {
        await using var world = await WatchedWorld.StartAsync();
        using var metrics = new Measured(world.Watch);
        using var traces = new Traced();
        var salesforce = new ScriptedSalesforce(
            ScriptedSalesforce.Answer(HttpStatusCode.Unauthorized, ScriptedSalesforce.SessionInvalid), ScriptedSalesforce.Answer(HttpStatusCode.OK));
        var (source, stream) = await world.LiveAsync();
        using var http = source.Http(salesforce);
        await world.ReportedAsync();
        world.Server.HoldsReports = true;
        var call = http.GetAsync("services/data/v64.0", Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Refreshing);
        var newer = Say.Session("acme", 8);
        newer.Credential.ActiveSince = Timestamp.FromDateTimeOffset(world.Time.GetUtcNow() - TimeSpan.FromSeconds(3));
        await stream.SendAsync(newer);
        await call.Soon("an answer");
        stream.End(StatusCode.Unavailable);
        await world.LoggedAsync("ended with Unavailable");

        metrics.Observe();
        Assert.Superset(
            new HashSet<string>
            {
                "grpccreds.client.reports Applied Noted 1", "grpccreds.client.reports Rejected Refreshing 1", "grpccreds.client.replacements Replaced 1",
                "grpccreds.client.retried_calls Accepted 1", "grpccreds.client.stream_ends Unavailable 1", "grpccreds.client.arrival 3",
                "grpccreds.client.tenants Live 1", "grpccreds.client.tenants Stale 0",
                "grpccreds.client.tenants Connecting 0", "grpccreds.client.tenants Stopped 0",
            },
            metrics.Seen.ToHashSet());
        Assert.Contains("ReplaceSession", traces.Names);
        Assert.Contains("ReportCredentials", traces.Names);
        Assert.All(metrics.Seen.Concat(traces.Tags), text => Assert.DoesNotContain("acme", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_is_the_worst_of_the_watched_tenants_and_names_none()
    {
        await using var server = await ScriptedServer.StartAsync();
        await using var provider = new ServiceCollection()
            .AddLogging()
            .AddGrpcCredsClient(options => options.Address = server.Address)
            .AddHealthChecks().AddGrpcCredsClient().Services
            .BuildServiceProvider();
        var watch = provider.GetRequiredService<CredentialWatch>();
        Assert.Equal(HealthStatus.Healthy, (await Health(provider)).Status);

        var source = watch.For("acme");
        Assert.Equal(HealthStatus.Degraded, (await Health(provider)).Status);

        var stream = await server.NextStreamAsync();
        await stream.SendAsync(Say.Session("acme", 1), Say.Synced());
        await source.Becomes(SourceState.Live);
        Assert.Equal(HealthStatus.Healthy, (await Health(provider)).Status);

        await stream.HeartbeatAsync(DateTimeOffset.UnixEpoch, "acme");
        await source.Becomes(SourceState.Stale);
        var stale = await Health(provider);
        Assert.Equal((HealthStatus.Degraded, 1), (stale.Status, stale.Data["Stale"]));

        stream.End(StatusCode.InvalidArgument);
        await source.Becomes(SourceState.Stopped);
        var stopped = await Health(provider);
        Assert.Equal(HealthStatus.Unhealthy, stopped.Status);
        Assert.DoesNotContain("acme", $"{stopped.Description} {string.Join(' ', stopped.Data)}", StringComparison.Ordinal);
    }

    private static async Task<HealthReportEntry> Health(IServiceProvider provider) =>
        (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Cancel)).Entries["grpccreds"];

    /// <summary>The measurements of one watch, as "name tags value".</summary>
    private sealed class Measured : IDisposable
    {
        private readonly MeterListener listener = new();

        public Measured(CredentialWatch watch)
        {
            listener.InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter == watch.Metrics.Meter)
                    listening.EnableMeasurementEvents(instrument);
            };
            listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
            listener.Start();
        }

        public ConcurrentQueue<string> Seen { get; } = [];

        public void Observe() => listener.RecordObservableInstruments();

        public void Dispose() => listener.Dispose();

        private void Keep(Instrument instrument, object value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            Seen.Enqueue(string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => $"{tag.Value}"), FormattableString.Invariant($"{value}")]));
    }

    /// <summary>The client's spans of the whole process, other tests' too.</summary>
    private sealed class Traced : IDisposable
    {
        private readonly ActivityListener listener;
        private readonly ConcurrentQueue<Activity> ended = [];

        public Traced()
        {
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == GrpcCredsClientTelemetry.ActivitySourceName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = ended.Enqueue,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public IEnumerable<string> Names => ended.Select(activity => activity.OperationName);

        public IEnumerable<string> Tags => ended.SelectMany(activity => activity.TagObjects).Select(tag => $"{tag.Key} {tag.Value}");

        public void Dispose() => listener.Dispose();
    }
}
