using System.Net;
using Grpc.Core;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Faults.Redis;

[Collection(OneAtATime.Name)]
public sealed class OutageTests
{
    [Fact]
    public async Task While_Redis_is_frozen_as_of_stands_and_readiness_falls_and_afterwards_the_stream_catches_up()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var service = await deployment.AddServiceAsync();
        await deployment.SetAsync(service, "acme");
        await using var node = await Node.OpenAsync(service.Grpc, "acme");

        deployment.Redis.Stop();
        var frozen = DateTime.UtcNow;
        await Waiting.UntilAsync(
            async () => (await RedisDeployment.ReadinessAsync(service)).Status == HttpStatusCode.ServiceUnavailable,
            "readiness falls", TimeSpan.FromSeconds(10));
        var before = node.Heartbeats.Count;
        await Waiting.UntilAsync(() => node.Heartbeats.Count >= before + 2, "heartbeats go on");
        var asOf = node.Heartbeats.Skip(before).Select(beat => beat.AsOf.ToDateTime()).Distinct().ToList();
        Assert.True(Assert.Single(asOf) <= frozen + TimeSpan.FromSeconds(2), $"as_of is {asOf[0] - frozen} after the freeze");

        deployment.Redis.Continue();
        var (revision, _) = await deployment.SetAsync(service, "acme");
        await node.UntilRevisionAsync(newest => newest == revision, "the stream catches up");
        await Waiting.UntilAsync(() => node.Heartbeats[^1].AsOf.ToDateTime() > frozen + TimeSpan.FromSeconds(2), "as_of goes on");
        Assert.Equal(HttpStatusCode.OK, (await RedisDeployment.ReadinessAsync(service)).Status);
        node.AssertOpenAndOnlyForward();
    }

    [Fact]
    public async Task An_emptied_Redis_is_not_believed_until_its_data_is_back()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var service = await deployment.AddServiceAsync();
        var client = deployment.ClientOf(service);
        var (revision, _) = await deployment.SetAsync(service, "acme");
        await using var node = await Node.OpenAsync(service.Grpc, "acme");
        var data = deployment.Redis.CopyData();

        await deployment.Redis.AdminAsync("FLUSHALL");
        await Waiting.UntilAsync(
            async () =>
            {
                await AssertNeverNotConfiguredAsync(client, "acme");
                return (await RedisDeployment.ReadinessAsync(service)).Status == HttpStatusCode.ServiceUnavailable;
            },
            "readiness falls");

        await AssertNeverNotConfiguredAsync(client, "acme");
        foreach (var tenant in new[] { "acme", "nobody" })
        {
            await AssertUnavailableAsync(() => client.GetCredentialStatusAsync(new() { TenantId = tenant }));
            await AssertUnavailableAsync(() => client.GetActiveCredentialAsync(new() { TenantId = tenant }));
            await AssertUnavailableAsync(() => client.SetActiveModeAsync(new() { TenantId = tenant, Mode = Mode.Off }));
        }
        Assert.Equal([revision], node.Revisions);
        Assert.Equal(0, (long)await deployment.Redis.AdminAsync("DBSIZE"));

        await deployment.Redis.KillAsync();
        deployment.Redis.RestoreData(data);
        await deployment.Redis.RestartAsync();
        var (newest, _) = await deployment.SetAsync(service, "acme");
        await node.UntilRevisionAsync(told => told == newest, "the stream goes on");
        node.AssertOpenAndOnlyForward();
    }

    [Fact]
    public async Task An_empty_Redis_in_place_of_the_old_one_is_not_believed_either()
    {
        await using var deployment = await RedisDeployment.StartAsync();
        var empty = deployment.Redis.CopyData();
        var service = await deployment.AddServiceAsync();
        var (revision, _) = await deployment.SetAsync(service, "acme");
        await using var node = await Node.OpenAsync(service.Grpc, "acme");

        await deployment.Redis.KillAsync();
        deployment.Redis.RestoreData(empty);
        await deployment.Redis.RestartAsync();

        await Waiting.UntilAsync(
            async () => (await RedisDeployment.ReadinessAsync(service)).Text.Contains("was emptied or belongs to another deployment", StringComparison.Ordinal),
            "readiness says why");
        await AssertUnavailableAsync(() => deployment.ClientOf(service).GetCredentialStatusAsync(new() { TenantId = "acme" }));
        Assert.Equal([revision], node.Revisions);
        node.AssertOpenAndOnlyForward();
    }

    private static async Task AssertNeverNotConfiguredAsync(SyncCredentials.SyncCredentialsClient client, string tenant)
    {
        try
        {
            Assert.Equal(Availability.Serving, (await client.GetCredentialStatusAsync(new() { TenantId = tenant })).Status.Availability);
        }
        catch (RpcException e)
        {
            Assert.Equal(StatusCode.Unavailable, e.StatusCode);
        }
    }

    private static async Task AssertUnavailableAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode);
}
