using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.Api;

public sealed class WorkerFailureTests
{
    private const int BrokeEvent = 130;

    [Fact]
    public async Task A_worker_that_breaks_says_why_before_the_service_stops()
    {
        await using var service = await Service.StartAsync(configure: services => services.AddHostedService<Breaking>());
        service.ExpectedErrors = _ => true;
        await Waiting.UntilAsync(() => service.Logs.GetSnapshot().Any(IsTold), "it is told");
    }

    private static bool IsTold(FakeLogRecord record) =>
        record is { Id.Id: BrokeEvent, Exception: InvalidTimeZoneException } && record.Message.Contains(nameof(Breaking), StringComparison.Ordinal);

    private sealed class Breaking(IHostApplicationLifetime host) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await Task.Delay(Timeout.Infinite, host.ApplicationStarted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw new InvalidTimeZoneException();
        }
    }
}
