using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Watch;

public sealed class FullStoreTests
{
    [Fact]
    public async Task A_store_that_can_be_read_and_not_written_still_serves_the_nodes()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var service = await Service.StartAsync(simulator, settings: [$"ConnectionStrings:Redis={redis.ConnectionString}"]);
        var status = await service.Client.ActivateAsync();
        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "1");

        using var watch = service.Client.WatchActiveCredential(Calls.Watch());
        Assert.Equal(status.Revision, (await watch.ResponseStream.NextAsync()).Credential.Revision);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.NotNull((await service.Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        var off = new SetActiveModeRequest { TenantId = "acme", Mode = Mode.Off, RequestId = Guid.NewGuid().ToString() };
        await service.Client.SetActiveModeAsync(off).FailsAsync(StatusCode.Unavailable, "STORE_UNAVAILABLE");

        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(WriteResult.Activated, (await service.Client.SetActiveModeAsync(off)).Result);
        Assert.Equal(Availability.SwitchedOff, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
    }
}
