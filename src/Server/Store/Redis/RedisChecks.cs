using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Is this Redis set up so that what it acknowledges stays? Answers what is wrong first, and how to mend it.</summary>
internal static class RedisChecks
{
    private const string Allow = "let its ACL user have +info +config|get, or set Store:AllowWeakDurability=true";

    /// <summary>What a check found: the process that answered, and what is wrong with it.</summary>
    public sealed record Finding(string? RunId, StoreFault? Fault);

    public static async Task<Finding> RunAsync(IServer server, bool tolerate)
    {
        try
        {
            var about = Fields(await server.ExecuteAsync("INFO", "server"));
            var runId = about.GetValueOrDefault("run_id");
            var (reason, text) = OfVersion(about)
                ?? OfTopology(about, Fields(await server.ExecuteAsync("INFO", "replication")))
                ?? OfSettings(await SettingsAsync(server))
                ?? default;
            return new Finding(runId, text is null ? null : new StoreFault(reason, text, tolerate));
        }
        catch (RedisServerException exception) when (exception.Kind is RedisErrorKind.NoPermission or RedisErrorKind.UnknownCommand)
        {
            return new Finding(null, new StoreFault(StoreReason.Unsafe, $"the settings of Redis cannot be read; {Allow}", tolerate));
        }
    }

    private static (string Reason, string Text)? OfVersion(Dictionary<string, string> about)
    {
        var version = about.GetValueOrDefault("redis_version", "unknown");
        return Version.TryParse(version, out var number) && number >= new Version(7, 0)
            ? null
            : (StoreReason.Unsafe, $"Redis {version} is too old; use 7.0.15 or newer");
    }

    private static (string Reason, string Text)? OfTopology(Dictionary<string, string> about, Dictionary<string, string> replication)
    {
        if (about.GetValueOrDefault("redis_mode") != "standalone")
            return (StoreReason.TopologyUnsupported, "Redis runs in cluster or Sentinel mode, which is not supported yet; use a single server (cluster-enabled no)");
        if (replication.GetValueOrDefault("role") != "master")
            return (StoreReason.TopologyUnsupported, "Redis is a replica; name its master, which must have no replicas, or run REPLICAOF NO ONE on it");
        if (replication.GetValueOrDefault("connected_slaves") != "0")
            return (StoreReason.TopologyUnsupported, "Redis has replicas, which is not supported yet: a failover would lose acknowledged writes; detach them");
        return null;
    }

    private static (string Reason, string Text)? OfSettings(Dictionary<string, string> settings)
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
            if (settings.GetValueOrDefault(name) is var value && value != wanted)
                return (StoreReason.Unsafe, $"Redis has {name} {value ?? "unset"}, so {why}; set {name} {wanted} (redis.conf, or CONFIG SET and CONFIG REWRITE)");
        }

        return null;
    }

    private static async Task<Dictionary<string, string>> SettingsAsync(IServer server)
    {
        var pairs = (RedisValue[])(await server.ExecuteAsync(
            "CONFIG", "GET", "appendonly", "appendfsync", "no-appendfsync-on-rewrite", "maxmemory-policy"))!;
        return pairs.Chunk(2).ToDictionary(pair => pair[0].ToString(), pair => pair[1].ToString(), StringComparer.Ordinal);
    }

    /// <summary>The lines <c>name:value</c> of an INFO answer.</summary>
    private static Dictionary<string, string> Fields(RedisResult info) =>
        info.ToString().Split("\r\n").Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
}
