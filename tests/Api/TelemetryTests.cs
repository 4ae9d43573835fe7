using System.Text;
using GrpcCreds.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Xunit;

namespace GrpcCreds.Tests.Api;

public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_go_where_the_standard_variable_says()
    {
        var sent = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.MapPost("/v1/metrics", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            if (Encoding.UTF8.GetString(body.ToArray()) is var text && text.Contains("grpccreds.store.usable", StringComparison.Ordinal))
                sent.TrySetResult(text);
            return Results.Ok();
        });
        await collector.StartAsync(TestContext.Current.CancellationToken);

        await using var service = await Service.StartAsync(settings:
        [
            $"OTEL_EXPORTER_OTLP_ENDPOINT={collector.Urls.Single()}",
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "OTEL_METRIC_EXPORT_INTERVAL=200",
        ]);
        Assert.Contains("GrpcCreds.Server", await sent.Task.WaitAsync(Waiting.Long, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
