using System.Globalization;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The servers of one topology for all tests of a class.</summary>
public abstract class SharedTopology : IAsyncLifetime
{
    private Topology? topology;

    internal Topology Topology
    {
        get
        {
            Tools.Need(Program);
            return topology!;
        }
    }

    private protected virtual string Program => RedisServer.Redis;

    private protected abstract Topology Make();

    public async ValueTask InitializeAsync()
    {
        if (Tools.Find(Program) is null)
            return;
        topology = Make();
        await topology.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (topology is not null)
            await topology.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>One master, two replicas and three Sentinels.</summary>
public class SharedSentinel : SharedTopology
{
    private protected override Topology Make() => new Robustness.Supervisor.SentinelTopology(program: Program);
}

/// <summary>The same with Valkey.</summary>
public sealed class SharedValkeySentinel : SharedSentinel
{
    private protected override string Program => RedisServer.Valkey;
}

/// <summary>Three primaries with a replica each.</summary>
public sealed class SharedCluster : SharedTopology
{
    private protected override Topology Make() => new Robustness.Supervisor.ClusterTopology();
}

/// <summary>One primary with one replica.</summary>
public sealed class SharedPair : SharedTopology
{
    private protected override Topology Make() => new PairTopology(always: true);
}

/// <summary>The suite on a master that Sentinels name.</summary>
public sealed class SentinelStoreTests(SharedSentinel servers) : ReplicatedStoreSuite(servers), IClassFixture<SharedSentinel>
{
    private protected override string Meaning => "An acknowledged write is in the memory of all 3 servers";
}

/// <summary>The suite on a Valkey master that Sentinels name.</summary>
public sealed class ValkeySentinelStoreTests(SharedValkeySentinel servers) : ReplicatedStoreSuite(servers), IClassFixture<SharedValkeySentinel>
{
    private protected override string Meaning => "An acknowledged write is in the memory of all 3 servers";
}

/// <summary>The suite on a Cluster, of which each server holds a part.</summary>
public sealed class ClusterStoreTests(SharedCluster servers) : ReplicatedStoreSuite(servers), IClassFixture<SharedCluster>
{
    private protected override string Meaning => "An acknowledged write is in the memory of all 2 servers";
}

/// <summary>The suite on a primary with one replica, both with appendfsync always.</summary>
public sealed class PairStoreTests(SharedPair servers) : ReplicatedStoreSuite(servers), IClassFixture<SharedPair>
{
    private protected override string Meaning => "An acknowledged write is on the disk of all 2 servers";
}

/// <summary>The suite on servers that must confirm each other's writes.</summary>
public abstract class ReplicatedStoreSuite(SharedTopology servers) : StoreSuite
{
    private protected abstract string Meaning { get; }

    private static CultureInfo Plain => CultureInfo.InvariantCulture;

    public override async ValueTask InitializeAsync() => await OnPrimariesAsync(node => node.AskAsync("FLUSHALL"));

    [Fact]
    public async Task It_says_what_an_acknowledgement_means()
    {
        var store = await OpenAsync();
        Assert.Null(await store.CheckAsync(Token));
        Assert.Equal(DurabilityClass.Replicas, store.Durability.Class);
        Assert.StartsWith(Meaning, store.Durability.Meaning, StringComparison.Ordinal);
    }

    private protected override IStore NewStore(StoreOptions options)
    {
        var settings = servers.Topology.Settings.ToDictionary(setting => setting.Split('=', 2)[0], setting => setting.Split('=', 2)[1]);
        options.Replicas = settings.GetValueOrDefault("Store:Replicas", "all");
        return new RedisStore(
            RedisSettings.Parse(settings["ConnectionStrings:Redis"], options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
    }

    private protected override Task AgeAsync(TimeSpan by) => OnPrimariesAsync(node => node.AskAsync(
        "EVAL",
        """
        for _, key in ipairs(redis.call('KEYS', '{gc:*}:nx:*')) do
            for _, entry in ipairs(redis.call('ZRANGE', key, 0, -1)) do
                redis.call('ZINCRBY', key, -ARGV[1] * 1000, entry)
            end
        end
        for _, key in ipairs(redis.call('KEYS', '{gc}:servers')) do
            local servers = redis.call('HGETALL', key)
            for at = 1, #servers, 2 do
                local ms, said = string.match(servers[at + 1], '^(%d+)( .*)$')
                redis.call('HSET', key, servers[at], string.format('%.0f', ms - ARGV[1]) .. said)
            end
        end
        """,
        "0",
        by.TotalMilliseconds.ToString(Plain)));

    private protected override Task LoseRecordAsync(TenantId tenant) => LoseAsync($"{{gc:0}}:r:{tenant}");

    // What a partition says of itself too: another server may hold it, and look there alone.
    private protected override async Task LoseMetaAsync()
    {
        await LoseAsync("{gc}:meta");
        await LoseAsync("{gc:0}:of");
    }

    private protected override async Task<bool> DamageAllAsync(int way)
    {
        string[] ways =
        [
            "if redis.call('TYPE', key).ok == 'hash' then redis.call('HSET', key, 'rev', '-1') end",
            "if key ~= '{gc}:meta' then redis.call('SET', key, 'text') end",
            "redis.call('SET', key, 'text')",
        ];
        if (way < ways.Length)
            await OnPrimariesAsync(node => node.AskAsync("EVAL", $"for _, key in ipairs(redis.call('KEYS', '*')) do {ways[way]} end", "0"));
        return way < ways.Length;
    }

    private async Task LoseAsync(string key)
    {
        var lost = 0;
        await OnPrimariesAsync(async node =>
        {
            foreach (var found in (await node.AskAsync("KEYS", key)).Texts)
            {
                await node.AskAsync("DEL", found);
                lost++;
            }
        });
        Assert.Equal(1, lost);
    }

    private async Task OnPrimariesAsync(Func<StoreNode, Task> run)
    {
        foreach (var node in servers.Topology.Nodes.Where(node => !node.Name.StartsWith("sentinel", StringComparison.Ordinal)))
        {
            if ((await node.InfoAsync("replication"))["role"] == "master")
                await run(node);
        }
    }
}
