using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Watch;

public sealed class FullStoreTests
{
    [Fact]
    public async Task A_store_that_can_be_read_and_not_written_serves_whoever_was_recorded_before_and_nobody_else()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var service = await Service.StartAsync(simulator, settings: [$"ConnectionStrings:Redis={redis.ConnectionString}"]);
        service.ExpectedErrors = record => record.Id.Id == 610;
        var (known, other) = (await service.Client.ActivateAsync(), await service.Client.ActivateAsync("globex"));
        Assert.NotNull((await service.Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "1");

        using var watch = service.Client.WatchActiveCredential(Calls.Watch());
        Assert.Equal(known.Revision, (await watch.ResponseStream.NextAsync()).Credential.Revision);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.NotNull((await service.Client.GetActiveCredentialAsync(new() { TenantId = "acme" })).Credential);
        // This caller was sent nothing of globex yet: nothing is disclosed, and the stream remains open and says so.
        await service.Client.GetActiveCredentialAsync(new() { TenantId = "globex" }).FailsAsync(StatusCode.Unavailable, "STORE_UNAVAILABLE");
        using var waiting = service.Client.WatchActiveCredential(Calls.Watch("globex"));
        Assert.Equal(["globex"], (await waiting.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
        Assert.Contains("AUDIT_NOT_WRITTEN", await ReadinessAsync(service), StringComparison.Ordinal);
        var off = new SetActiveModeRequest { TenantId = "acme", Mode = Mode.Off, RequestId = Guid.NewGuid().ToString() };
        await service.Client.SetActiveModeAsync(off).FailsAsync(StatusCode.Unavailable, "STORE_UNAVAILABLE");

        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.Equal(other.Revision, (await waiting.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential.Revision);
        Assert.NotNull((await waiting.ResponseStream.NextAsync(message => message.Heartbeat is null)).Synced);
        Assert.DoesNotContain("AUDIT_NOT_WRITTEN", await ReadinessAsync(service), StringComparison.Ordinal);
        Assert.Equal(WriteResult.Activated, (await service.Client.SetActiveModeAsync(off)).Result);
        Assert.Equal(Availability.SwitchedOff, (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Cause);
    }

    private static async Task<string> ReadinessAsync(Service service)
    {
        using var http = new HttpClient();
        return await http.GetStringAsync(new Uri(service.Http, "/healthz/ready"), TestContext.Current.CancellationToken);
    }
}
