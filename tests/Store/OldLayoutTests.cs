using System.Globalization;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>A store whose meta entry an older version wrote, under keys without a hash tag.</summary>
public sealed class OldLayoutTests(SharedRedis redis) : IClassFixture<SharedRedis>, IAsyncLifetime
{
    private const string Deployment = "old-deployment";

    private readonly OpenStores stores = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await redis.Server.AdminAsync("FLUSHALL");
        await redis.Server.AdminAsync(
            "HSET", "gc:meta", "deployment", Deployment, "format", "1", "partitions", "2", "key:key-1", "check-1", "sealing", "key-1");
        await redis.Server.AdminAsync("SET", "{gc:0}:seq", "7");
    }

    public ValueTask DisposeAsync() => stores.DisposeAsync();

    [Fact]
    public async Task It_is_taken_over_once()
    {
        var meta = await stores.New(redis.Server.Address).OpenAsync(Token);
        Assert.Equal((Deployment, 2, "check-1", "key-1"), (meta!.DeploymentId, meta.Partitions, meta.KeyChecks["key-1"], meta.Sealing[0]));
        await AssertTakenOverAsync();
        // The servers of the older version still use theirs.
        Assert.Equal(Deployment, (string?)await redis.Server.AdminAsync("HGET", "gc:meta", "deployment"));
        await redis.Server.AdminAsync("HSET", "gc:meta", "sealing", "key-0");
        Assert.Equal(["key-1"], (await stores.New(redis.Server.Address).OpenAsync(Token))!.Sealing);
    }

    [Fact]
    public async Task Servers_that_start_at_once_take_over_the_same()
    {
        var all = Enumerable.Range(0, 4).Select(_ => stores.New(redis.Server.Address)).ToList();
        var metas = await Task.WhenAll(all.Select(store => store.OpenAsync(Token)));
        Assert.All(metas, meta => Assert.Equal(Deployment, meta!.DeploymentId));
        await AssertTakenOverAsync();
        await AssertUsableAsync(all[3]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_died_in_between_leaves_the_rest_to_the_next(bool hasOnePartition)
    {
        await redis.Server.AdminAsync(
            "HSET", "{gc}:meta", "deployment", Deployment, "format", "1", "partitions", "2", "key:key-1", "check-1", "sealing", "key-1");
        if (hasOnePartition)
            await redis.Server.AdminAsync("SET", "{gc:1}:of", Deployment);
        var store = stores.New(redis.Server.Address);
        Assert.Equal(Deployment, (await store.OpenAsync(Token))!.DeploymentId);
        await AssertTakenOverAsync();
        await AssertUsableAsync(store);
    }

    [Fact]
    public async Task Servers_of_the_older_version_are_seen_as_long_as_they_live()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await redis.Server.AdminAsync(
            "HSET", "gc:servers", "alive", $"{now} {now} about it", "dead", $"{now - (26 * 3_600_000)} {now} x", "damaged", "canary", "also", "1 2");
        var store = stores.New(redis.Server.Address);
        await store.OpenAsync(Token);
        var beats = await store.BeatAsync(new MemberHeartbeat("new", DateTimeOffset.UtcNow, "x"), Token);
        Assert.Equal(["alive", "new"], beats.Select(beat => beat.Server).Order());
        Assert.Equal("about it", beats.Single(beat => beat.Server == "alive").About);
        // The rest is none of ours.
        Assert.Equal(4, (long)await redis.Server.AdminAsync("HLEN", "gc:servers"));
    }

    [Theory]
    [InlineData("HSET gc:meta partitions 0")]
    [InlineData("HDEL gc:meta deployment")]
    [InlineData("SET gc:meta text")]
    public async Task One_that_is_damaged_is_refused_and_nothing_is_written(string damage)
    {
        var words = damage.Split(' ');
        await redis.Server.AdminAsync(words[0], [.. words[1..]]);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => stores.New(redis.Server.Address).OpenAsync(Token));
        Assert.Equal(StoreReason.Foreign, refused.Reason);
        Assert.Equal(0, (long)await redis.Server.AdminAsync("EXISTS", "{gc}:meta", "{gc:0}:of", "{gc:1}:of"));
    }

    private async Task AssertTakenOverAsync()
    {
        Assert.Equal(Deployment, (string?)await redis.Server.AdminAsync("HGET", "{gc}:meta", "deployment"));
        Assert.Equal("1", (string?)await redis.Server.AdminAsync("HGET", "{gc}:meta", "marked"));
        foreach (var partition in new[] { 0, 1 })
            Assert.Equal(Deployment, (string?)await redis.Server.AdminAsync("GET", string.Create(CultureInfo.InvariantCulture, $"{{gc:{partition}}}:of")));
    }

    private static async Task AssertUsableAsync(RedisStore store)
    {
        var acme = TenantId.Parse("acme");
        await store.SetNodesAsync(acme, [new StoredNode("node-1", "value")], [], DateTimeOffset.UtcNow, Token);
        Assert.Single((await store.NodesSinceAsync(acme, 0, Token)).Nodes);
    }
}
