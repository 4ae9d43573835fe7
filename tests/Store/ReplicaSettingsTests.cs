using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>A replica may become the primary at any time, so it must be set up like one.</summary>
public sealed class ReplicaSettingsTests(SharedPair servers) : IClassFixture<SharedPair>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("appendonly", "no", "yes")]
    [InlineData("maxmemory-policy", "allkeys-lru", "noeviction")]
    public async Task A_replica_that_would_lose_data_is_a_fault(string name, string value, string wanted)
    {
        var replica = servers.Topology.Nodes[1];
        await using var stores = new OpenStores();
        var store = await stores.OpenAsync(servers.Topology);
        await replica.AskAsync("CONFIG", "SET", name, value);
        try
        {
            var fault = await store.CheckAsync(Token);
            Assert.Equal((StoreReason.Unsafe, false), (fault!.Reason, fault.Tolerated));
            Assert.Contains($"the replica {replica.Host.Address}", fault.Text, StringComparison.Ordinal);
            Assert.Contains($"{name} {wanted}", fault.Text, StringComparison.Ordinal);
        }
        finally
        {
            await replica.AskAsync("CONFIG", "SET", name, wanted);
        }
        Assert.Null(await store.CheckAsync(Token));
    }

    /// <summary>The replica keeps its own users, and is asked for its settings.</summary>
    [Fact]
    public async Task The_documented_permissions_are_enough_with_replicas()
    {
        foreach (var node in servers.Topology.Nodes)
            await node.AskAsync(["ACL", "SETUSER", "documented", "reset", "on", ">pw", .. RedisFaultTests.DocumentedRules()]);
        await using var stores = new OpenStores();
        var store = await stores.OpenAsync(servers.Topology, signIn: new() { User = "documented", Password = "pw" });
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(TenantId.Parse("permitted"), 1, 0), Token));
        Assert.Null(await store.CheckAsync(Token));
        Assert.Contains("all 2 servers", store.Durability.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_fsync_that_is_late_on_the_replica_is_said()
    {
        var replica = servers.Topology.Nodes[1];
        await using var stores = new OpenStores();
        var store = await stores.OpenAsync(servers.Topology);
        Assert.Contains("on the disk of all 2 servers", store.Durability.Meaning, StringComparison.Ordinal);
        await replica.AskAsync("CONFIG", "SET", "appendfsync", "everysec");
        try
        {
            Assert.Null(await store.CheckAsync(Token));
            Assert.Contains("in the memory of all 2 servers", store.Durability.Meaning, StringComparison.Ordinal);
        }
        finally
        {
            await replica.AskAsync("CONFIG", "SET", "appendfsync", "always");
        }
    }
}
