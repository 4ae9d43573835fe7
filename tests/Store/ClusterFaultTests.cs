using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>A Cluster of which a part is missing.</summary>
public sealed class ClusterFaultTests(SharedCluster servers) : IClassFixture<SharedCluster>, IAsyncLifetime
{
    private readonly OpenStores stores = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        for (var partition = 0; partition < 3; partition++)
            await (await servers.Topology.ShardAsync(partition)).Primary.AskAsync("FLUSHALL");
        foreach (var node in servers.Topology.Nodes.Take(3))
            await node.AskAsync("FLUSHALL");
    }

    public ValueTask DisposeAsync() => stores.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public async Task One_living_node_of_those_that_are_named_is_enough(int living)
    {
        var store = await stores.OpenAsync($"127.0.0.1:1,{servers.Topology.Nodes[living].Host.Address}", options => options.Partitions = 3);
        foreach (var tenant in OneOfEach())
            Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(tenant, 1, 0), Token));
        Assert.Null(await store.CheckAsync(Token));
        Assert.Equal([1L, 1L, 1L], await store.RevsAsync(OneOfEach(), Token));
    }

    [Fact]
    public async Task Nobody_answering_is_said()
    {
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => stores.New("127.0.0.1:1,127.0.0.1:2").OpenAsync(Token));
        Assert.Equal(StoreReason.Unreachable, refused.Reason);
        Assert.Contains("the connection is refused", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_servers_that_are_no_Cluster_are_refused()
    {
        await using var one = await RedisServer.StartAsync();
        await using var other = await RedisServer.StartAsync();
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => stores.New($"{one.Address},{other.Address}").OpenAsync(Token));
        Assert.Equal(StoreReason.TopologyUnsupported, refused.Reason);
        Assert.Contains("names several servers that form no Cluster", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>One primary is emptied, another holds the meta entry: what needs no earlier read must not be written as if nothing had happened.</summary>
    [Fact]
    public async Task An_emptied_partition_shows()
    {
        var store = await stores.OpenAsync(servers.Topology);
        foreach (var tenant in OneOfEach())
            await WriteAsync(store, tenant);
        var lost = -1;
        for (var partition = 0; lost < 0; partition++)
        {
            var primary = (await servers.Topology.ShardAsync(partition)).Primary;
            if ((await primary.AskAsync("KEYS", "{gc}:meta")).Items.Count > 0)
                continue;
            lost = partition;
            await primary.AskAsync("FLUSHALL");
        }
        var failed = await Assert.ThrowsAsync<StoreUnavailableException>(() => SetNodesAsync(store, OneOfEach()[lost]));
        Assert.Contains("the store was emptied or belongs to another deployment", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => AppendAsync(store, OneOfEach()[lost]));
        Assert.Equal(0, Assert.Single(await store.RevsAsync([OneOfEach()[lost]], Token)));
        // Nor does a start repair it: the partition was marked once.
        var later = await stores.OpenAsync(servers.Topology);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => SetNodesAsync(later, OneOfEach()[lost]));
    }

    private static async Task WriteAsync(RedisStore store, TenantId tenant)
    {
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(tenant, 1, 0), Token));
        await SetNodesAsync(store, tenant);
        await AppendAsync(store, tenant);
    }

    private static Task SetNodesAsync(RedisStore store, TenantId tenant) =>
        store.SetNodesAsync(tenant, [new StoredNode("node-1", "value")], [], DateTimeOffset.UtcNow, Token);

    private static Task AppendAsync(RedisStore store, TenantId tenant) =>
        store.AppendAsync(AuditJournal.Disclosures(tenant), Guid.NewGuid(), new byte[10], Token);

    /// <summary>A tenant of each partition, in their order.</summary>
    private static IReadOnlyList<TenantId> OneOfEach() =>
        [.. Enumerable.Range(0, 3).Select(partition =>
            Enumerable.Range(0, 1000).Select(number => TenantId.Parse($"t-{number}")).First(tenant => Partition.Of(tenant, 3) == partition))];
}
