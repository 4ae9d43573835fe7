using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Observability;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Logging;
using Xunit;
using Failure = GrpcCreds.SalesforceSimulator.Failure;

namespace GrpcCreds.Tests.Api;

/// <summary>Renewals as an operator sees them. Sessions live 15 minutes.</summary>
public sealed class RenewalTelemetryTests : OAuthServiceTest
{
    private const string Tenant = "tenant-of-telemetry";

    [Fact]
    public async Task Calls_are_counted_by_step_mode_and_outcome_with_the_time_the_session_had_left()
    {
        using var calls = new MetricCollector<long>(Meters, ServiceMetrics.MeterName, "grpccreds.upkeep.calls");
        using var left = new MetricCollector<double>(Meters, ServiceMetrics.MeterName, "grpccreds.upkeep.time_left");
        using var traces = new Traces();
        await Client.ConnectAsync(Tenant);
        var (watch, _) = await Client.OpenWatchAsync(Tenant);
        using var __ = watch;

        // 150 seconds before its end nothing is known; 85 before it is asked, and renewed.
        Simulator.Fail(Endpoint.Token, Failure.Status(502));
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        await CountedAsync(calls, 1);
        Clock.Advance(TimeSpan.FromSeconds(65));
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        await CountedAsync(calls, 3);
        Clock.Advance(TimeSpan.FromMinutes(12.5));
        Assert.NotNull((await watch.NextStateAsync()).Credential);
        await CountedAsync(calls, 4);

        Assert.Equal(
            [("RENEW", "oauth", "unknown"), ("INTROSPECT", "oauth", "TokenLives"), ("RENEW", "oauth", "Renewed"), ("RENEW", "oauth", "Renewed")],
            calls.GetMeasurementSnapshot().Select(point => ((string)point.Tags["step"]!, (string)point.Tags["mode"]!, (string)point.Tags["outcome"]!)));
        Assert.All(calls.GetMeasurementSnapshot(), point => Assert.Equal((1, 3), (point.Value, point.Tags.Count)));
        Assert.Collection(
            left.GetMeasurementSnapshot(),
            point => Assert.InRange(point.Value, 55, 85.5),
            point => Assert.InRange(point.Value, 120, 150.5));
        Assert.All(left.GetMeasurementSnapshot(), point => Assert.Equal(new("mode", "oauth"), Assert.Single(point.Tags)));

        // These are of the whole process, so they include those of other tests.
        foreach (var (name, outcome) in new[] { ("upkeep RENEW", "unknown"), ("upkeep INTROSPECT", "TokenLives"), ("upkeep RENEW", "Renewed") })
            Assert.Contains(traces.Ended, one => one.DisplayName == name
                && (string?)one.GetTagItem("mode") == "oauth" && (string?)one.GetTagItem("outcome") == outcome);
        Assert.All(traces.Ended, one => Assert.Equal(["mode", "outcome"], one.TagObjects.Select(tag => tag.Key)));
        Assert.DoesNotContain(traces.Ended, one => $"{one.DisplayName} {string.Join(' ', one.TagObjects)}".Contains(Tenant, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_renewal_that_fails_is_seen_in_status_log_and_metric_while_the_session_serves()
    {
        using var calls = new MetricCollector<long>(Meters, ServiceMetrics.MeterName, "grpccreds.upkeep.calls");
        await Client.ConnectAsync();
        var (watch, first) = await Client.OpenWatchAsync();
        using var __ = watch;
        Simulator.Fail(Endpoint.Token, Failure.Status(429));
        Clock.Advance(TimeSpan.FromMinutes(12.5));

        var status = await UntilAsync(status => status.Warnings.Contains(Warning.RenewalFailing), "the status warns");
        Assert.Equal((Availability.Serving, first.Credential.Revision), (status.Availability, status.Revision));
        var failure = status.OAuth().Current.Grant.LastRenewalFailure;
        Assert.Equal(FailureClass.Throttled, failure.FailureClass);
        Assert.Equal(("Throttled", 1), ((string)calls.LastMeasurement!.Tags["outcome"]!, calls.GetMeasurementSnapshot().Count));
        await Waiting.UntilAsync(() => Service.Logs.GetSnapshot().Any(record => record.Id.Id == 420), "it is logged");
        var line = Service.Logs.GetSnapshot().Single(record => record.Id.Id == 420);
        Assert.Equal(LogLevel.Warning, line.Level);
        Assert.Contains("acme", line.Message, StringComparison.Ordinal);
        Assert.Contains(failure.Advice, line.Message, StringComparison.Ordinal);
    }

    private IMeterFactory Meters => Service.Services.GetRequiredService<IMeterFactory>();

    private static Task CountedAsync(MetricCollector<long> calls, int times) => calls.WaitForMeasurementsAsync(times, Waiting.Long);

    private sealed class Traces : IDisposable
    {
        private readonly ConcurrentQueue<Activity> ended = new();
        private readonly ActivityListener listener;

        public Traces()
        {
            listener = new()
            {
                ShouldListenTo = source => source.Name == ServiceMetrics.MeterName,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = ended.Enqueue,
            };
            ActivitySource.AddActivityListener(listener);
        }

        public IReadOnlyCollection<Activity> Ended => [.. ended];

        public void Dispose() => listener.Dispose();
    }
}
