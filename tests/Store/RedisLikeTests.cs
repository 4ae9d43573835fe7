using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;
using static GrpcCreds.Tests.Store.ScriptedRedis;

namespace GrpcCreds.Tests.Store;

/// <summary>Other products, and servers that hide information: they are used, or refused with a message.</summary>
public sealed class RedisLikeTests
{
    private const string Refused = "-NOPERM User service has no permissions to run the 'config|get' command\r\n";

    private static readonly Dictionary<string, string> Settings = new()
    {
        ["appendonly"] = "yes", ["appendfsync"] = "always", ["no-appendfsync-on-rewrite"] = "no", ["maxmemory-policy"] = "noeviction",
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Valkey 7.2.5", "redis_version:7.2.4", "server_name:valkey", "valkey_version:7.2.5", "redis_mode:standalone")]
    [InlineData("Valkey 8.1.1", "redis_version:7.2.4", "server_name:valkey", "valkey_version:8.1.1", "valkey_release_stage:ga", "server_mode:standalone")]
    [InlineData("Valkey 9.1.2", "redis_version:7.2.4", "server_name:valkey", "valkey_version:9.1.2", "server_mode:standalone")]
    [InlineData("Valkey 10.0.0-rc1", "server_name:valkey", "valkey_version:10.0.0-rc1")]
    [InlineData("Redis 7.0.15", "redis_version:7.0.15", "redis_mode:standalone")]
    [InlineData("Redis 8.4.0-rc1", "redis_version:8.4.0-rc1", "redis_mode:standalone")]
    [InlineData("Redis unstable", "redis_version:unstable")]
    [InlineData("Redis", "redis_version:7.0 'and more'")]
    [InlineData("Redis")]
    public async Task A_server_that_can_do_it_is_served_under_its_own_name(string name, params string[] about)
    {
        await using var server = new ScriptedRedis(command => Standalone(command, about));
        await using var store = await OpenAsync(server);
        Assert.Equal(name, store.Name);
        Assert.Null(await store.CheckAsync(Token));
    }

    [Theory]
    [InlineData("Redis 6.2.14 is too old", "redis_version:6.2.14", "redis_mode:standalone")]
    [InlineData("Redis 5.0.7 is too old", "redis_version:5.0.7")]
    [InlineData("KeyDB 6.3.4 cannot be used", "redis_version:6.3.4", "executable:/usr/bin/keydb-server")]
    [InlineData("Dragonfly df-v1.30.1 is not known to keep", "redis_version:7.4.0", "dragonfly_version:df-v1.30.1", "redis_mode:standalone")]
    [InlineData("Garnet 1.0.84 is not known to keep", "redis_version:7.4.3", "garnet_version:1.0.84")]
    public async Task Another_product_is_refused_by_its_own_name(string text, params string[] about)
    {
        await using var server = new ScriptedRedis(command => Standalone(command, about));
        await RefusedAsync(server, StoreReason.Unsafe, text);
    }

    [Theory]
    [InlineData("info replication", "role:slave", "is a replica")]
    [InlineData("info replication", "role:active-replica", "one of several masters")]
    [InlineData("info replication", "role:sentinel", "add serviceName=")]
    [InlineData("info replication", "role:master\nconnected_slaves:2", "Store:Replicas=2")]
    [InlineData("info replication", "role:master\nconnected_replicas:1", "has replicas")]
    public async Task Another_topology_is_refused(string section, string lines, string text)
    {
        await using var server = new ScriptedRedis(command => command == section ? Info(lines.Split('\n')) : Valkey(command));
        await RefusedAsync(server, StoreReason.TopologyUnsupported, "Valkey 8.1.1 ", text);
    }

    [Theory]
    [InlineData("redis_mode:cluster")]
    [InlineData("server_mode:cluster")]
    public async Task A_Cluster_that_does_not_say_which_nodes_it_has_is_refused_however_it_is_recognised(string mode)
    {
        await using var server =
            new ScriptedRedis(command => command == "info cluster" ? "-ERR unknown section\r\n" : Standalone(command, ["redis_version:7.4.0", mode]));
        await RefusedAsync(server, StoreReason.Unreachable, "refuses CLUSTER NODES", "+cluster|nodes");
    }

    [Theory]
    [InlineData("*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", null)]
    [InlineData("*3\r\n$6\r\nmaster\r\n:0\r\n*1\r\n*3\r\n$9\r\n127.0.0.1\r\n$1\r\n1\r\n$1\r\n0\r\n", "has replicas")]
    [InlineData("*5\r\n$5\r\nslave\r\n$9\r\n127.0.0.1\r\n:1\r\n$9\r\nconnected\r\n:0\r\n", "is a replica")]
    [InlineData("*2\r\n$8\r\nsentinel\r\n*0\r\n", "is a Sentinel")]
    [InlineData("-ERR unknown command\r\n", "does not report whether it has replicas")]
    [InlineData("*0\r\n", "does not report whether it has replicas")]
    [InlineData("$-1\r\n", "does not report whether it has replicas")]
    public async Task Where_INFO_does_not_tell_the_role_ROLE_is_asked(string role, string? text)
    {
        await using var server =
            new ScriptedRedis(command => command switch { "info replication" => Info("# Replication"), "role" => role, _ => Valkey(command) });
        if (text is null)
            await (await OpenAsync(server)).DisposeAsync();
        else
            await RefusedAsync(server, StoreReason.TopologyUnsupported, text);
    }

    [Theory]
    [InlineData(Refused)]
    [InlineData("-ERR unknown command 'CONFIG'\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData(":1\r\n")]
    [InlineData("*1\r\n$1\r\na\r\n")]
    [InlineData("*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n")]
    public async Task Where_a_setting_is_not_told_that_is_said(string answer)
    {
        await using var server = new ScriptedRedis(command => command.StartsWith("config get", StringComparison.Ordinal) ? answer
            : command == "info persistence" ? Info("aof_enabled:1") : Valkey(command));
        await RefusedAsync(server, StoreReason.Unsafe, "Valkey 8.1.1 does not report its settings (CONFIG GET appendfsync)", "appendfsync always",
            "+config|get", "AllowWeakDurability");
        await using var weak = await OpenAsync(server, tolerate: true);
        Assert.True((await weak.CheckAsync(Token))!.Tolerated);
    }

    [Fact]
    public async Task What_INFO_tells_of_a_setting_counts_where_CONFIG_is_refused()
    {
        await using var server = new ScriptedRedis(command => command.StartsWith("config get", StringComparison.Ordinal) ? Refused
            : command == "info persistence" ? Info("aof_enabled:0") : Valkey(command));
        await RefusedAsync(server, StoreReason.Unsafe, "Valkey 8.1.1 has appendonly no");
    }

    [Theory]
    [InlineData("-NOPERM User service has no permissions to run the 'info' command\r\n")]
    [InlineData("-ERR unknown command 'INFO'\r\n")]
    [InlineData("-SOMETHING new canary\r\n")]
    public async Task Where_INFO_is_refused_that_is_said(string answer)
    {
        await using var server = new ScriptedRedis(command => command.StartsWith("info", StringComparison.Ordinal) ? answer : Valkey(command));
        await RefusedAsync(server, StoreReason.Unsafe, "(INFO)", "+info", "AllowWeakDurability");
    }

    [Fact]
    public async Task What_a_user_may_not_do_is_named_without_what_it_was_about()
    {
        var answer = "-NOPERM User canary has no permissions to run the 'zrangebyscore' command\r\n";
        await using var server = new ScriptedRedis(command => command.StartsWith("zrange", StringComparison.Ordinal) ? answer : Valkey(command));
        await using var store = await OpenAsync(server);
        var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.ChangesSinceAsync(0, 0, Token));
        Assert.Contains("the Valkey user lacks a permission the store needs (+zrangebyscore)", unavailable.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", unavailable.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hmget")]
    [InlineData("eval")]
    public async Task An_answer_of_another_shape_is_the_stores_fault(string asked)
    {
        await using var server = new ScriptedRedis(command => command.StartsWith(asked, StringComparison.Ordinal) ? ":1\r\n" : Valkey(command));
        await using var store = await OpenAsync(server);
        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => asked == "eval"
            ? store.CommitAsync(RedisFaultTests.NewCommit(1, 0), Token)
            : store.ReadAsync([RedisFaultTests.Acme], Token));
    }

    private static string? Valkey(string command) =>
        Standalone(command, ["redis_version:7.2.4", "server_name:valkey", "valkey_version:8.1.1", "server_mode:standalone"]);

    private static string? Standalone(string command, string[] about) => command switch
    {
        "info server" or "info" => Info(["# Server", "run_id:abc", .. about]),
        "info cluster" => Info("# Cluster", "cluster_enabled:0"),
        "info replication" => Info("# Replication", "role:master", "connected_slaves:0"),
        _ when command.Split(' ') is ["config", "get", var name] && Settings.TryGetValue(name, out var value) => ScriptedRedis.Array(name, value),
        _ => null,
    };

    private static async Task<RedisStore> OpenAsync(ScriptedRedis server, bool tolerate = false)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(5), AllowWeakDurability = tolerate };
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

    private static async Task RefusedAsync(ScriptedRedis server, string reason, params string[] texts)
    {
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => OpenAsync(server));
        Assert.Equal(reason, refused.Reason);
        Assert.All(texts, text => Assert.Contains(text, refused.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("NOPERM", refused.Message, StringComparison.Ordinal);
    }
}
