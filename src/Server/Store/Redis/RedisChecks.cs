using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Checks that the server's setup preserves what it acknowledges. Reports the first problem, and how to fix it. The server is judged by its
/// behaviour and its reported settings, not by its name: a missing field is queried in another way, and if nothing reveals the setting, the
/// problem says so.
/// </summary>
internal static class RedisChecks
{
    /// <summary>The result of a check: which product and process answered, and what is wrong with it.</summary>
    public sealed record Finding(RedisProduct Product, string? RunId, StoreFault? Fault);

    private readonly record struct Problem(string Reason, string Text);

    public static async Task<Finding> RunAsync(IServer server, bool tolerate)
    {
        var about = await InfoAsync(server, "server");
        var product = about is null ? RedisProduct.Unknown : RedisProduct.Of(about);
        var problem = about is null
            ? Unsafe($"{product} does not report its version (INFO); {Allow("+info")}")
            : OfProduct(product) ?? await OfTopologyAsync(server, product, about) ?? await OfSettingsAsync(server, product);
        return new Finding(product, about?.GetValueOrDefault("run_id"), problem is { } found ? new StoreFault(found.Reason, found.Text, tolerate) : null);
    }

    private static Problem? OfProduct(RedisProduct product) => product switch
    {
        { IsOld: true } => Unsafe($"{product} is too old; use Redis 7.0.15 or newer, or Valkey 7.2 or newer"),
        { Name: "Redis" or "Valkey" } => null,
        _ => Unsafe($"{product} is not known to keep acknowledged writes; use Redis 7.0.15 or newer, or Valkey 7.2 or newer"),
    };

    private static async Task<Problem?> OfTopologyAsync(IServer server, RedisProduct product, Dictionary<string, string> about)
    {
        // Redis's redis_mode is called server_mode in Valkey.
        var mode = about.GetValueOrDefault("redis_mode") ?? about.GetValueOrDefault("server_mode");
        var cluster = (await InfoAsync(server, "cluster"))?.GetValueOrDefault("cluster_enabled");
        if (cluster == "1" || (cluster is null && mode == "cluster"))
            return Topology($"{product} runs in cluster mode, which is not supported yet; use a single server (cluster-enabled no)");

        var replication = await InfoAsync(server, "replication");
        var role = replication?.GetValueOrDefault("role");
        var replicas = replication?.GetValueOrDefault("connected_slaves") ?? replication?.GetValueOrDefault("connected_replicas");
        if (role is null || (role == "master" && replicas is null))
            (role, replicas) = await RoleAsync(server);
        return (role, replicas) switch
        {
            ("sentinel", _) => Topology($"{product} is a Sentinel, which is not supported yet; name the single server that holds the data"),
            ("slave" or "replica", _) => Topology($"{product} is a replica; name its master, which must have no replicas, or run REPLICAOF NO ONE on it"),
            ("master", "0") => null,
            ("master", not null) => Topology($"{product} has replicas, which is not supported yet: a failover would lose acknowledged writes; detach them"),
            _ => Topology($"{product} does not report whether it has replicas (INFO replication, ROLE); {Allow("+info +role")}"),
        };
    }

    private static async Task<Problem?> OfSettingsAsync(IServer server, RedisProduct product)
    {
        (string Name, string Wanted, string Why)[] rules =
        [
            ("appendonly", "yes", "a restart would lose writes"),
            ("appendfsync", "always", "a crash would lose acknowledged writes"),
            ("no-appendfsync-on-rewrite", "no", "a crash during a rewrite would lose acknowledged writes"),
            ("maxmemory-policy", "noeviction", "credentials would be evicted"),
        ];
        foreach (var (name, wanted, why) in rules)
        {
            var value = await SettingAsync(server, name);
            if (value is null)
            {
                return Unsafe(
                    $"{product} does not report its settings (CONFIG GET {name}), and unless it has {name} {wanted}, {why}; {Allow("+config|get")}");
            }
            if (value != wanted)
                return Unsafe($"{product} has {name} {value}, so {why}; set {name} {wanted} (its configuration file, or CONFIG SET and CONFIG REWRITE)");
        }

        return null;
    }

    /// <returns>Null if the server does not report it; taken from INFO where INFO has it.</returns>
    private static async Task<string?> SettingAsync(IServer server, string name)
    {
        var pair = await AnswerAsync(server, "CONFIG", "GET", name) is { IsNull: false, Length: 2 } answer ? (string?[]?)answer : null;
        return pair is [_, { } value] ? Shown(value) : name switch
        {
            "appendonly" => (await InfoAsync(server, "persistence"))?.GetValueOrDefault("aof_enabled") switch { "1" => "yes", "0" => "no", _ => null },
            "maxmemory-policy" => (await InfoAsync(server, "memory"))?.GetValueOrDefault("maxmemory_policy") is { } policy ? Shown(policy) : null,
            _ => null,
        };
    }

    private static async Task<(string? Role, string? Replicas)> RoleAsync(IServer server) =>
        await AnswerAsync(server, "ROLE") is { Length: > 0 } answer
            ? ((string?)answer[0], answer.Length > 2 && (string?)answer[0] == "master" ? $"{Math.Max(answer[2].Length, 0)}" : null)
            : (null, null);

    /// <summary>The lines <c>name:value</c> of a section of INFO; null if INFO is refused.</summary>
    private static async Task<Dictionary<string, string>?> InfoAsync(IServer server, string section)
    {
        if (await AnswerAsync(server, "INFO", section) is not { } answer)
            return null;
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ((string?)answer ?? "").Split('\n'))
        {
            if (line.Split(':', 2) is [var name, var value])
                fields[name] = value.TrimEnd('\r');
        }
        return fields;
    }

    /// <returns>Null if the server permanently refuses the command, or does not know it.</returns>
    private static async Task<RedisResult?> AnswerAsync(IServer server, string command, params object[] arguments)
    {
        try
        {
            return await server.ExecuteAsync(command, arguments);
        }
        catch (RedisServerException exception) when (exception.Kind is not
            (RedisErrorKind.Loading or RedisErrorKind.Misconfigured or RedisErrorKind.MaxClients))
        {
            return null;
        }
        catch (RedisCommandException)
        {
            // The library found out that the server has no such command.
            return null;
        }
    }

    // For use in a text: one plain word, whatever the server reports.
    private static string Shown(string value) =>
        value.Length is > 0 and < 40 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') ? value : "something else";

    private static string Allow(string rules) => $"grant its ACL user {rules}, or set Store:AllowWeakDurability=true";

    private static Problem Unsafe(string text) => new(StoreReason.Unsafe, text);

    private static Problem Topology(string text) => new(StoreReason.TopologyUnsupported, text);
}
