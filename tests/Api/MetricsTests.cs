using System.Diagnostics.Metrics;
using GrpcCreds.Server.Observability;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Xunit;

namespace GrpcCreds.Tests.Api;

public sealed class MetricsTests : ServiceTest
{
    [Fact]
    public async Task Logins_are_counted_by_purpose_and_outcome()
    {
        using var logins = Collect("grpccreds.salesforce.logins");
        await Client.ActivateAsync();
        await Client.SetPasswordCredentialAsync(Calls.SetPassword(password: "wrong"));
        Assert.Equal(
            [("test", "accepted"), ("test", "LoginRefused")], logins.GetMeasurementSnapshot()
                .Select(point => ((string)point.Tags["purpose"]!, (string)point.Tags["outcome"]!)));
    }

    [Fact]
    public async Task Open_streams_are_counted()
    {
        using var streams = Collect("grpccreds.watch.streams");
        using (var watch = Client.WatchActiveCredential(Calls.Watch()))
        {
            await watch.ResponseStream.NextAsync();
            Assert.Equal(1, streams.GetMeasurementSnapshot().Sum(point => point.Value));
        }
        await Waiting.UntilAsync(() => streams.GetMeasurementSnapshot().Sum(point => point.Value) == 0, "the stream has ended");
    }

    [Fact]
    public void Every_metric_is_listed_on_the_metrics_page()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "metrics.md"));
        var names = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ServiceMetrics.MeterName)
                    names.Add(instrument.Name);
            },
        };
        listener.Start();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
    }

    private MetricCollector<long> Collect(string name) => new(Service.Services.GetRequiredService<IMeterFactory>(), ServiceMetrics.MeterName, name);
}
