using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;
using static GrpcCreds.Tests.Store.ScriptedRedis;

namespace GrpcCreds.Tests.Store;

/// <summary>Which durability a store is found to have, and which it is refused for. Every refusal names the setting to change.</summary>
public sealed class DurabilityTests
{
    private const string Refused = "-NOPERM User service has no permissions to run the command\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, "Disk")]
    [InlineData("disk", "Disk")]
    [InlineData("provider", "Provider")]
    public async Task A_single_server_has_what_is_found_or_the_less_that_is_declared(string? declared, string found)
    {
        await using var server = new Scripted();
        Assert.Equal(found, await ClassAsync(server, declared));
    }

    [Theory]
    [InlineData("provider", "Provider")]
    [InlineData("log", "Log")]
    public async Task A_Cluster_that_hides_its_settings_has_what_is_declared(string declared, string found)
    {
        await using var server = new Scripted { IsCluster = true, Config = Refused };
        Assert.Equal(found, await ClassAsync(server, declared));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0)]
    public async Task At_a_provider_replicas_need_not_confirm(int replicas)
    {
        await using var server = new Scripted { Replicas = replicas, Config = Refused, AofEnabled = null, Wait = "-ERR unknown command 'WAIT'\r\n" };
        Assert.Equal("Provider", await ClassAsync(server, "provider"));
    }

    [Theory]
    [InlineData("replicas", "has no replicas", "set Store:Replicas", "or remove Store:Durability")]
    [InlineData("log", "does not run in cluster mode", "set Store:Durability=provider")]
    public async Task A_single_server_does_not_give_more(string declared, params string[] texts)
    {
        await using var server = new Scripted();
        await RefusedAsync(server, StoreReason.TopologyUnsupported, Declared(declared), texts);
    }

    [Fact]
    public async Task A_Cluster_that_answers_CONFIG_has_no_such_log()
    {
        await using var server = new Scripted { IsCluster = true };
        await RefusedAsync(server, StoreReason.Unsafe, Declared("log"), "answers CONFIG", "remove Store:Durability");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    public async Task With_replicas_disk_is_too_little(string? replicas)
    {
        await using var server = new Scripted { IsCluster = replicas is null, Replicas = 1 };
        await RefusedAsync(
            server,
            StoreReason.TopologyUnsupported,
            options => (options.Durability, options.Replicas) = ("disk", replicas ?? "all"),
            "set Store:Durability=replicas");
    }

    [Fact]
    public async Task Replicas_that_nobody_declared_are_refused()
    {
        await using var server = new Scripted { Replicas = 2 };
        await RefusedAsync(server, StoreReason.TopologyUnsupported, _ => { }, "set Store:Replicas=2", "serviceName=");
    }

    [Theory]
    [InlineData("log")]
    [InlineData("provider")]
    [InlineData(null)]
    public async Task Eviction_is_refused_whatever_is_declared(string? declared)
    {
        await using var server = new Scripted { IsCluster = true, Config = Refused, Policy = "allkeys-lru" };
        await RefusedAsync(server, StoreReason.Unsafe, Declared(declared), "maxmemory-policy allkeys-lru", "set maxmemory-policy noeviction");
    }

    [Theory]
    [InlineData("log")]
    [InlineData("provider")]
    public async Task What_nobody_tells_of_eviction_is_refused(string declared)
    {
        await using var server = new Scripted { IsCluster = true, Config = Refused, Policy = null };
        await RefusedAsync(server, StoreReason.Unsafe, Declared(declared), "does not report its settings (CONFIG GET maxmemory-policy)", "+config|get");
    }

    [Fact]
    public async Task What_is_found_and_not_declared_is_refused_with_the_setting_that_declares_it()
    {
        await using var server = new Scripted { IsCluster = true, Config = Refused, AofEnabled = null };
        await RefusedAsync(server, StoreReason.Unsafe, _ => { }, "CONFIG GET appendonly", "set Store:Durability=log", "set Store:Durability=provider");
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, Refused)]
    [InlineData(1, null)]
    public async Task Without_its_file_a_primary_is_refused(int replicas, string? config)
    {
        await using var server = new Scripted { Replicas = replicas, Config = config, AofEnabled = "0" };
        await RefusedAsync(
            server, StoreReason.Unsafe, options => options.Replicas = replicas == 0 ? "all" : "1", "has appendonly no", "set appendonly yes");
    }

    [Theory]
    [InlineData("-ERR unknown command 'WAIT', with args beginning with: '0' '1'\r\n")]
    [InlineData(Refused)]
    public async Task Where_WAIT_is_refused_that_is_said(string answer)
    {
        await using var server = new Scripted { Replicas = 1, Wait = answer };
        await RefusedAsync(server, StoreReason.Unsafe, options => options.Replicas = "1", "refuses WAIT", "+wait", "set Store:Durability=provider");
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Where_the_reign_is_not_told_that_is_said(bool hasRun, bool hasHistory)
    {
        await using var server = new Scripted { Replicas = 1, HasRun = hasRun, HasHistory = hasHistory };
        await RefusedAsync(
            server, StoreReason.Unsafe, options => options.Replicas = "1", "does not report run_id and master_replid", "set Store:Durability=provider");
    }

    [Theory]
    [InlineData("redis_version:6.3.4\r\nexecutable:/usr/bin/keydb-server", "master", StoreReason.Unsafe, "KeyDB 6.3.4 cannot be used")]
    [InlineData("redis_version:6.3.4\r\nkeydb_version:6.3.4", "master", StoreReason.Unsafe, "KeyDB 6.3.4 cannot be used")]
    [InlineData("redis_version:7.4.0", "active-replica", StoreReason.TopologyUnsupported, "one of several masters")]
    public async Task Several_masters_are_never_tolerated(string about, string role, string reason, string text)
    {
        await using var server = new Scripted { About = about, Role = role };
        foreach (var declared in new[] { null, "disk", "replicas", "log", "provider" })
        {
            await RefusedAsync(
                server,
                reason,
                options => (options.Durability, options.AllowWeakDurability) = (declared, true),
                text);
        }
    }

    [Fact]
    public async Task With_AllowWeakDurability_no_replica_is_waited_for()
    {
        await using var server = new Scripted { Replicas = 2, Wait = "-ERR unknown command 'WAIT'\r\n" };
        await using var store = await OpenAsync(server, options => (options.Replicas, options.AllowWeakDurability) = ("2", true));
        var fault = await store.CheckAsync(Token);
        Assert.Equal((StoreReason.Unsafe, true), (fault!.Reason, fault.Tolerated));
        Assert.Contains("Store:AllowWeakDurability no replica has to confirm a write; remove it", fault.Text, StringComparison.Ordinal);
        Assert.Equal(DurabilityClass.Weak, store.Durability.Class);
        Assert.StartsWith("An acknowledged write may be lost, as allowed by Store:AllowWeakDurability", store.Durability.Meaning, StringComparison.Ordinal);
    }

    private static Action<StoreOptions> Declared(string? durability) => options => options.Durability = durability;

    private static async Task<string> ClassAsync(Scripted server, string? declared)
    {
        await using var store = await OpenAsync(server, Declared(declared));
        Assert.Null(await store.CheckAsync(Token));
        Assert.StartsWith("An acknowledged write ", store.Durability.Meaning, StringComparison.Ordinal);
        return store.Durability.Class.ToString();
    }

    private static async Task RefusedAsync(Scripted server, string reason, Action<StoreOptions> set, params string[] texts)
    {
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(server, set));
        Assert.Equal(reason, refused.Reason);
        Assert.All(texts, text => Assert.Contains(text, refused.Message, StringComparison.Ordinal));
    }

    private static async Task<RedisStore> OpenAsync(Scripted server, Action<StoreOptions> set)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(5) };
        set(options);
        var store = new RedisStore(RedisSettings.Parse(server.Address, options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
        try
        {
            await store.OpenAsync(Token);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <summary>A primary that says what is set.</summary>
    private sealed class Scripted : IAsyncDisposable
    {
        private readonly ScriptedRedis server;

        public Scripted() => server = new ScriptedRedis(Reply);

        public string Address => server.Address;

        public string About { get; init; } = "redis_version:7.4.0";

        public string Role { get; init; } = "master";

        public bool IsCluster { get; init; }

        public int Replicas { get; init; }

        public string? Config { get; init; }

        public string? AofEnabled { get; init; } = "1";

        public string? Policy { get; init; } = "noeviction";

        public string Wait { get; init; } = ":1\r\n";

        public bool HasRun { get; init; } = true;

        public bool HasHistory { get; init; } = true;

        public ValueTask DisposeAsync() => server.DisposeAsync();

        private string? Reply(string command) => command switch
        {
            "info server" => Info([.. HasRun ? new[] { "run_id:abc" } : [], .. About.Split("\r\n")]),
            "info cluster" => Info($"cluster_enabled:{(IsCluster ? 1 : 0)}"),
            "info replication" => Info([$"role:{Role}", $"connected_slaves:{Replicas}", .. HasHistory ? new[] { "master_replid:def" } : []]),
            "info persistence" => AofEnabled is null ? Info("loading:0") : Info($"aof_enabled:{AofEnabled}"),
            "info memory" => Policy is null ? Info("used_memory:1") : Info($"maxmemory_policy:{Policy}"),
            "cluster nodes" => Bulk($"a {Address}@1 myself,master - 0 0 1 connected 0-16383\n"),
            _ when command.StartsWith("wait ", StringComparison.Ordinal) => Wait,
            _ when command.Split(' ') is ["config", "get", var name] => Config ?? name switch
            {
                "appendonly" => ScriptedRedis.Array(name, AofEnabled == "0" ? "no" : "yes"),
                "appendfsync" => ScriptedRedis.Array(name, "always"),
                "no-appendfsync-on-rewrite" => ScriptedRedis.Array(name, "no"),
                _ => ScriptedRedis.Array(name, Policy ?? "noeviction"),
            },
            _ => null,
        };
    }
}
