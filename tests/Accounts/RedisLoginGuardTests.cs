using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Store;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Accounts;

/// <summary>The suite on a real Redis, where every server has its own connection.</summary>
public sealed class RedisLoginGuardTests(SharedRedis redis) : RedisAccountLedgerSuite(redis), IClassFixture<SharedRedis>;

/// <summary>The suite on a real Valkey.</summary>
public sealed class ValkeyAccountLedgerTests(SharedValkey valkey) : RedisAccountLedgerSuite(valkey), IClassFixture<SharedValkey>;

/// <summary>The suite on Redis or what is like it.</summary>
public abstract class RedisAccountLedgerSuite(SharedRedis redis) : LoginGuardSuite
{
    private readonly List<RedisStore> stores = [];

    public override async ValueTask InitializeAsync() => await redis.Server.AdminAsync("FLUSHALL");

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in stores)
            await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected override async Task<IStore> StoreAsync()
    {
        var options = new StoreOptions { CommandTimeout = Waiting.Long };
        var store = new RedisStore(
            RedisSettings.Parse(redis.Server.ConnectionString, options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
        stores.Add(store);
        await store.OpenAsync(Token);
        return store;
    }

    private protected override byte[] OnDisk() =>
        [.. Directory.GetFiles(redis.Server.CopyData(), "*", SearchOption.AllDirectories).SelectMany(File.ReadAllBytes)];
}
