using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Faults;

[Collection(OneAtATime.Name)]
public sealed class StuckNodeTests
{
    private const int CutEvent = 300;

    [Fact]
    public async Task A_node_that_stops_reading_delays_nobody_and_is_cut_after_15_seconds()
    {
        await using var simulator = await Simulator.StartAsync();
        // Each change is another user's: none is tested too often.
        string NewUser() => simulator.AddUser($"{Guid.NewGuid():N}@stuck.test", Calls.Password).Username;
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var service = await Service.StartAsync(simulator, clock: clock);
        using var stuck = service.Client.WatchActiveCredential(StuckNode.Request());
        await stuck.ResponseHeadersAsync.WaitAsync(Waiting.Long);
        using var good = service.Client.WatchActiveCredential(Calls.Watch());
        await good.ResponseStream.NextAsync(message => message.Synced is not null);

        for (var second = 0; second < 14; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            var revision = (await service.Client.ActivateAsync(user: NewUser())).Revision;
            var told = await good.ResponseStream.NextAsync(message => message.Heartbeat is null, TimeSpan.FromSeconds(1));
            Assert.Equal(revision, told.Credential.Revision);
        }
        Assert.DoesNotContain(service.Logs.GetSnapshot(), IsCut);

        await Waiting.UntilAsync(
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return service.Logs.GetSnapshot().Any(IsCut);
            },
            "the stuck stream is cut");
        await Assert.ThrowsAsync<RpcException>(() => stuck.ResponseStream.NextAsync(_ => false));
        Assert.Equal((await service.Client.ActivateAsync(user: NewUser())).Revision, (await good.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential.Revision);
    }

    private static bool IsCut(FakeLogRecord record) => record.Id.Id == CutEvent;
}
