using GrpcCreds.Server;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
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
}
