using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>One redis-server for all tests of a class, which run one after the other.</summary>
public class SharedRedis : IAsyncLifetime
{
    private RedisServer? server;

    private protected virtual string Program => RedisServer.Redis;

    /// <summary>Asked for by each test: the one that runs is skipped where there is none, not the fixture, whose failure would be that of all.</summary>
    internal RedisServer Server
    {
        get
        {
            Tools.Need(Program);
            return server!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (Tools.Find(Program) is not null)
            server = await RedisServer.StartProgramAsync(Program);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The same with Valkey.</summary>
public sealed class SharedValkey : SharedRedis
{
    private protected override string Program => RedisServer.Valkey;
}

/// <summary>The suite on a single real Redis.</summary>
public sealed class RedisStoreTests(SharedRedis redis) : RedisStoreSuite(redis), IClassFixture<SharedRedis>;

/// <summary>The suite on a single real Valkey.</summary>
public sealed class ValkeyStoreTests(SharedValkey valkey) : RedisStoreSuite(valkey), IClassFixture<SharedValkey>
{
    [Fact]
    public async Task It_is_named_as_what_it_is()
    {
        var store = await OpenAsync();
        Assert.Matches(@"\AValkey \d+\.\d+\.\d+\z", store.Name);
        Assert.Null(await store.CheckAsync(Token));
    }
}

/// <summary>The suite on Redis or what is like it.</summary>
public abstract class RedisStoreSuite(SharedRedis redis) : StoreSuite
{
    public override async ValueTask InitializeAsync() => await redis.Server.AdminAsync("FLUSHALL");

    private protected override IStore NewStore(StoreOptions options) =>
        new RedisStore(RedisSettings.Parse(redis.Server.ConnectionString, options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);

    private protected override Task AgeAsync(TimeSpan by) => redis.Server.AdminAsync(
        "EVAL",
        """
        for _, key in ipairs(redis.call('KEYS', '{gc:*}:nx:*')) do
            for _, node in ipairs(redis.call('ZRANGE', key, 0, -1)) do
                redis.call('ZINCRBY', key, -ARGV[1] * 1000, node)
            end
        end
        local servers = redis.call('HGETALL', '{gc}:servers')
        for at = 1, #servers, 2 do
            local ms, said = string.match(servers[at + 1], '^(%d+)( .*)$')
            redis.call('HSET', '{gc}:servers', servers[at], string.format('%.0f', ms - ARGV[1]) .. said)
        end
        """,
        0,
        (long)by.TotalMilliseconds);

    private protected override async Task LoseRecordAsync(TenantId tenant) =>
        Assert.Equal(1, (long)await redis.Server.AdminAsync("DEL", $"{{gc:0}}:r:{tenant}"));

    private protected override async Task LoseMetaAsync() => Assert.Equal(1, (long)await redis.Server.AdminAsync("DEL", "{gc}:meta"));

    private protected override async Task<bool> DamageAllAsync(int way)
    {
        if (way == 0)
            return await EachKeyAsync((database, key) => database.HashSetAsync(key, "rev", "-1"), hash: true);
        if (way == 1)
            return await EachKeyAsync(async (database, key) => await database.HashSetAsync(key,
                [.. (await database.HashKeysAsync(key)).Select(name => new HashEntry(name, "99999999999999999999 x"))]), hash: true);
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

    private async Task<bool> EachKeyAsync(Func<IDatabase, RedisKey, Task> damage, bool hash, bool meta = false) =>
        await redis.Server.AdminAsync(async database =>
    {
        foreach (var key in (RedisKey[])(await database.ExecuteAsync("KEYS", "*"))!)
        {
            if ((!hash || await database.KeyTypeAsync(key) == RedisType.Hash) && (meta || key != "{gc}:meta"))
                await damage(database, key);
        }
        return true;
    });
}
