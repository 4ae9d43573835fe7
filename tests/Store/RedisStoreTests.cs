using GrpcCreds.Server;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>One redis-server for all tests of a class, which run one after the other.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    internal RedisServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RedisServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>The suite on a single real Redis.</summary>
public sealed class RedisStoreTests(SharedRedis redis) : StoreSuite, IClassFixture<SharedRedis>
{
    public override async ValueTask InitializeAsync() => await redis.Server.AdminAsync("FLUSHALL");

    private protected override IStore NewStore(StoreOptions options) =>
        new RedisStore(RedisSettings.Parse(redis.Server.ConnectionString, options), Options.Create(options), NullLogger<RedisStore>.Instance);

    private protected override async Task LoseRecordAsync(TenantId tenant) =>
        Assert.Equal(1, (long)await redis.Server.AdminAsync("DEL", $"{{gc:0}}:r:{tenant}"));

    private protected override async Task LoseMetaAsync() => Assert.Equal(1, (long)await redis.Server.AdminAsync("DEL", "gc:meta"));

    private protected override async Task<bool> DamageAllAsync(int way)
    {
        if (way == 0)
            return await EachKeyAsync((database, key) => database.HashSetAsync(key, "rev", "-1"), hash: true);
        if (way == 1)
            return await EachKeyAsync(async (database, key) => await database.HashSetAsync(key, [.. (await database.HashKeysAsync(key)).Select(name => new HashEntry(name, "99999999999999999999 x"))]), hash: true);
        if (way == 2)
            return await EachKeyAsync((database, key) => database.StringSetAsync(key, "text"), hash: false);
        if (way == 3)
            return await EachKeyAsync(
                async (database, key) =>
                {
                    await database.KeyDeleteAsync(key);
                    await database.ListRightPushAsync(key, "text");
                },
                hash: false);
        return way == 4 && await EachKeyAsync((database, key) => database.StringSetAsync(key, "text"), hash: false, meta: true);
    }

    private async Task<bool> EachKeyAsync(Func<IDatabase, RedisKey, Task> damage, bool hash, bool meta = false) => await redis.Server.AdminAsync(async database =>
    {
        foreach (var key in (RedisKey[])(await database.ExecuteAsync("KEYS", "*"))!)
        {
            if ((!hash || await database.KeyTypeAsync(key) == RedisType.Hash) && (meta || key != "gc:meta"))
                await damage(database, key);
        }
        return true;
    });
}
