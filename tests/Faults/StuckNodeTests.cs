using System.Diagnostics;
using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Watch;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Testing;
using Xunit;

namespace GrpcCreds.Tests.Faults;

[Collection(OneAtATime.Name)]
public sealed class StuckNodeTests
{
    private const int CutEvent = 300;

    [Fact]
    public async Task A_node_that_stops_reading_delays_nobody_and_is_cut_in_the_end()
    {
        await using var simulator = await Simulator.StartAsync();
        // Each change is another user's: none is tested too often.
        string NewUser() => simulator.AddUser($"{Guid.NewGuid():N}@stuck.test", Calls.Password).Username;
        await using var service = await Service.StartAsync(
            simulator, configure: services => services.AddSingleton(WriteLimits.Default with { Patience = TimeSpan.FromSeconds(6) }));
        using var good = service.Client.WatchActiveCredential(Calls.Watch());
        await good.ResponseStream.NextAsync(message => message.Synced is not null);
        var started = Stopwatch.GetTimestamp();
        using var stuck = service.Client.WatchActiveCredential(StuckNode.Request());
        await stuck.ResponseHeadersAsync.WaitAsync(Waiting.Long);

        for (var change = 0; change < 14; change++)
        {
            var revision = (await service.Client.ActivateAsync(user: NewUser())).Revision;
            var told = await good.ResponseStream.NextAsync(message => message.Heartbeat is null);
            Assert.Equal(revision, told.Credential.Revision);
        }

        await Waiting.UntilAsync(() => service.Logs.GetSnapshot().Any(IsCut), "the stuck stream is cut");
        Assert.True(Stopwatch.GetElapsedTime(started) >= TimeSpan.FromSeconds(6), "it had its time");
        await Assert.ThrowsAsync<RpcException>(() => stuck.ResponseStream.NextAsync(_ => false));
        Assert.Equal((await service.Client.ActivateAsync(user: NewUser())).Revision,
            (await good.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential.Revision);
    }

    [Fact]
    public async Task A_clock_that_jumps_ahead_cuts_no_write_that_is_under_way()
    {
        await using var service = await Service.StartAsync(settings: ["Clock:Adjustable=true"]);
        using var slow = service.Client.WatchActiveCredential(StuckNode.Request());
        await slow.ResponseHeadersAsync.WaitAsync(Waiting.Long);

        await service.AdvanceAsync("00:12:30");

        await slow.ResponseStream.NextAsync(message => message.Synced is not null);
        Assert.DoesNotContain(service.Logs.GetSnapshot(), IsCut);
    }

    private static bool IsCut(FakeLogRecord record) => record.Id.Id == CutEvent;
}
