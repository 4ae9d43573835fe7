using Grpc.Core;
using Grpc.Net.Client;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Tests.Callers;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GrpcCreds.Tests.Attacks;

/// <summary>A node with rights on every tenant opens streams over tenants that it has invented, as many as it may.</summary>
[Collection(Faults.OneAtATime.Name)]
public sealed class WatchedTenantsTests(ITestOutputHelper output)
{
    private const int PerStream = 1000;
    private const int Streams = 20;

    /// <summary>Measured: about 500.</summary>
    private const int MaxBytes = 900;

    [Fact]
    public async Task A_tenant_that_does_not_exist_costs_next_to_nothing_to_watch()
    {
        // The tests keep what is logged.
        await using var service = await Service.StartAsync(configure: services => services.PostConfigure<LoggerFilterOptions>(log =>
        {
            log.Rules.Clear();
            log.MinLevel = LogLevel.Warning;
        }));
        using var channel = GrpcChannel.ForAddress(service.Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        var streams = new List<AsyncServerStreamingCall<WatchActiveCredentialResponse>> { await OpenAsync(client, "warm-up") };
        var before = Bytes();
        for (var stream = 0; stream < Streams; stream++)
            streams.Add(await OpenAsync(client, $"stream-{stream}"));
        var each = (Bytes() - before) / (Streams * PerStream);
        output.WriteLine($"{each} bytes for each watched tenant");
        Assert.InRange(each, 1, MaxBytes);
        // Nothing of them is kept beside the streams.
        Assert.Empty(service.Services.GetRequiredService<NodeRegistry>().Tenants);
        streams.ForEach(stream => stream.Dispose());
        GC.KeepAlive(service);
    }

    [Theory]
    [InlineData("Limits:WatchedTenants")]
    [InlineData("Limits:WatchedTenantsInAll")]
    public async Task Watched_tenants_are_limited_and_the_refusal_names_the_setting(string limit)
    {
        await using var world = await CallersWorld.StartAsync(settings: [$"{limit}={2 * PerStream}"]);
        var attacker = world.As("all-node");
        using var first = await OpenAsync(attacker, "first");
        using (var second = await OpenAsync(attacker, "second"))
        {
            for (var attempt = 0; attempt < 50; attempt++)
            {
                using var tooMuch = attacker.WatchActiveCredential(Invented("third"));
                var refused = (await Assert.ThrowsAsync<RpcException>(() => tooMuch.ResponseStream.NextAsync()))
                    .Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
                Assert.Contains($"{limit} allows", refused.Message, StringComparison.Ordinal);
            }
            // A status is watched like anything else; another caller has its own share, but of what all have together.
            var isForAll = limit.EndsWith("InAll", StringComparison.Ordinal);
            using var other = world.As("node").WatchActiveCredential(Calls.Watch());
            using var status = world.As("viewer").WatchCredentialStatus(new() { TenantId = CallersWorld.Own });
            if (isForAll)
            {
                (await Assert.ThrowsAsync<RpcException>(() => other.ResponseStream.NextAsync())).Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
                (await Assert.ThrowsAsync<RpcException>(() => status.ResponseStream.NextAsync())).Is(StatusCode.ResourceExhausted, "LIMIT_REACHED");
            }
            else
            {
                Assert.NotNull(await other.ResponseStream.NextAsync());
                Assert.NotNull(await status.ResponseStream.NextAsync());
            }
        }
        await Waiting.UntilAsync(async () => await OpensAsync(attacker), "a stream that has ended gives its share back");
    }

    private static WatchActiveCredentialRequest Invented(string prefix)
    {
        var request = new WatchActiveCredentialRequest { NodeId = prefix, InstanceId = Guid.NewGuid().ToString() };
        request.Tenants.AddRange(Enumerable.Range(0, PerStream).Select(number => new WatchedTenant { TenantId = $"{prefix}-{number}" }));
        return request;
    }

    // Until everything has been told. The client does not keep what it asked for: only the server is measured.
    private static async Task<AsyncServerStreamingCall<WatchActiveCredentialResponse>> OpenAsync(SyncCredentials.SyncCredentialsClient client, string prefix)
    {
        var request = Invented(prefix);
        var stream = client.WatchActiveCredential(request);
        await stream.ResponseStream.NextAsync(message => message.Synced is not null);
        request.Tenants.Clear();
        return stream;
    }

    private static async Task<bool> OpensAsync(SyncCredentials.SyncCredentialsClient client)
    {
        using var stream = client.WatchActiveCredential(Invented("again"));
        try
        {
            return (await stream.ResponseStream.NextAsync()) is not null;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.ResourceExhausted)
        {
            return false;
        }
    }

    private static long Bytes()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        return GC.GetTotalMemory(forceFullCollection: true);
    }
}
