using System.Globalization;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The stores that one test opens, which go with it.</summary>
internal sealed class OpenStores : IAsyncDisposable
{
    private readonly List<RedisStore> opened = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A store that is not open yet.</summary>
    /// <param name="address">The connection string.</param>
    /// <param name="set">Changes settings.</param>
    /// <param name="signIn">How it signs in.</param>
    public RedisStore New(string address, Action<StoreOptions>? set = null, RedisOptions? signIn = null)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(5) };
        set?.Invoke(options);
        var store = new RedisStore(
            RedisSettings.Parse(address, options, signIn), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
        opened.Add(store);
        return store;
    }

    public async Task<RedisStore> OpenAsync(string address, Action<StoreOptions>? set = null, RedisOptions? signIn = null)
    {
        var store = New(address, set, signIn);
        if (await store.OpenAsync(Token) is null)
            await store.CreateMetaAsync(new("deployment-1", 1, store.Partitions, new Dictionary<string, string>()), Token);
        return store;
    }

    /// <summary>A store with the topology's own settings.</summary>
    public Task<RedisStore> OpenAsync(Topology topology, TimeSpan? timeout = null, RedisOptions? signIn = null) => OpenAsync(
        Setting(topology, "ConnectionStrings:Redis")!,
        options =>
        {
            options.CommandTimeout = timeout ?? options.CommandTimeout;
            options.Replicas = Setting(topology, "Store:Replicas") ?? options.Replicas;
            options.Partitions = int.Parse(Setting(topology, "Store:Partitions") ?? "1", CultureInfo.InvariantCulture);
        },
        signIn);

    public async ValueTask DisposeAsync()
    {
        foreach (var store in opened)
            await store.DisposeAsync();
    }

    /// <summary>A commit of a tenant's revision, from the one that was read.</summary>
    public static Commit Commit(TenantId tenant, long rev, long read) => RedisFaultTests.NewCommit(rev, read) with { Tenant = tenant };

    private static string? Setting(Topology topology, string name) =>
        topology.Settings.Select(setting => setting.Split('=', 2)).FirstOrDefault(setting => setting[0] == name)?[1];
}
