using System.Net;
using GrpcCreds.Tests.Faults;
using GrpcCreds.Tests.Faults.Redis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Robustness.Traffic;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Robustness;

/// <summary>A node that keeps nothing makes every promise void, so it is refused.</summary>
[Collection(OneAtATime.Name)]
public sealed class UnsafeNodeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_without_AOF_is_refused_at_the_start(bool isMaster)
    {
        await using var topology = new SentinelTopology();
        await topology.StartAsync();
        var shard = await topology.ShardAsync();
        await (isMaster ? shard.Primary : shard.Replicas[1]).AskAsync("CONFIG", "SET", "appendonly", "no");
        using var directory = new TemporaryDirectory();
        var (code, output) = await ServiceProcess.RunAsync(
            [.. topology.Settings, $"Store:DataDirectory={directory.Path}"], new Dictionary<string, string> { ["DOTNET_ENVIRONMENT"] = "Development" });
        Assert.NotEqual(0, code);
        Assert.Contains("appendonly", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_comes_back_empty_before_it_is_missed_acknowledges_nothing()
    {
        await using var deployment = await Deployment.StartAsync(new SentinelTopology());
        var history = new History();
        await using var load = new Load(history, deployment.Addresses, deployment.Users, "round", deployment.Renewed, seed: 1);
        load.Start();
        await Waiting.UntilAsync(() => load.Acknowledged > 200, "writes are answered");

        var master = (await deployment.Topology.ShardAsync()).Primary;
        await master.KillAsync();
        master.Wipe();
        await master.StartAsync("--appendonly", "no");
        var back = History.Now;
        await Task.Delay(TimeSpan.FromSeconds(8));

        Assert.Equal(master, (await deployment.Topology.ShardAsync()).Primary);
        Assert.DoesNotContain(history.Acknowledged, attempt => attempt.Invoked > back);
        Assert.DoesNotContain(history.Reads, read => read.Invoked > back);
        foreach (var service in deployment.Services)
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await RedisDeployment.ReadinessAsync(service)).Status);
    }
}
