namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// Checks that a server's setup preserves what it acknowledges. Reports the first problem, and how to fix it. The server is judged by its
/// behaviour and its reported settings, not by its name: a missing field is queried in another way, and if nothing reveals the setting, the
/// problem says so.
/// </summary>
/// <param name="settings">What the operator expects.</param>
/// <param name="isSentinel">Whether Sentinels named the server.</param>
internal sealed class RedisChecks(StoreOptions settings, bool isSentinel)
{
    private const string Weak = "set Store:AllowWeakDurability=true";

    private const string Managed = "for AWS MemoryDB, or ElastiCache with durability=sync, set Store:Durability=log; for another managed service, "
        + "whose failover may lose acknowledged writes, set Store:Durability=provider";

    /// <summary>What was found of one server.</summary>
    /// <param name="Product">The product that answered.</param>
    /// <param name="RunId">The process.</param>
    /// <param name="Fault">What is wrong.</param>
    /// <param name="IsReplicated">Whether replicas take part.</param>
    /// <param name="IsOnDisk">Whether an answered write is on its disk.</param>
    public sealed record Finding(RedisProduct Product, string? RunId, StoreFault? Fault, bool IsReplicated, bool IsOnDisk);

    private readonly record struct Problem(string Reason, string Text, bool Tolerable = true);

    public async Task<Finding> RunAsync(RespConnection server, CancellationToken cancellationToken)
    {
        var about = await InfoAsync(server, "server", cancellationToken);
        var product = about is null ? RedisProduct.Unknown : RedisProduct.Of(about);
        var (isReplicated, isOnDisk) = (false, false);
        Problem? problem;
        if (about is null)
            problem = Unsafe($"{product} does not report its version (INFO); {Allow("+info")}");
        else if ((problem = OfProduct(product)) is null)
        {
            (problem, isReplicated) = await OfTopologyAsync(server, product, await IsClusterAsync(server, cancellationToken), cancellationToken);
            if (problem is null)
                (problem, isOnDisk) = await OfSettingsAsync(server, product, isReplicated, cancellationToken);
        }
        return new Finding(product, about?.GetValueOrDefault("run_id"), Fault(problem), isReplicated, isOnDisk);
    }

    /// <summary>What is wrong with a replica, which may become the primary at any time.</summary>
    public async Task<(StoreFault? Fault, bool IsOnDisk)> OfReplicaAsync(
        RespConnection server, RedisProduct product, string address, CancellationToken cancellationToken) =>
        await SettingAsync(server, "appendonly", cancellationToken) is "yes"
            ? (null, await IsOnDiskAsync(server, cancellationToken))
            : (Fault(Unsafe($"the replica {address} of {product} does not have appendonly yes, so as the primary it would lose writes by a restart; "
                + $"set it on every server, or {Weak}")), false);

    /// <summary>Whether the server is a node of a Cluster.</summary>
    public static async Task<bool> IsClusterAsync(RespConnection server, CancellationToken cancellationToken)
    {
        if ((await InfoAsync(server, "cluster", cancellationToken))?.GetValueOrDefault("cluster_enabled") is { } enabled)
            return enabled == "1";
        // Redis's redis_mode is called server_mode in Valkey.
        var about = await InfoAsync(server, "server", cancellationToken);
        return (about?.GetValueOrDefault("redis_mode") ?? about?.GetValueOrDefault("server_mode")) == "cluster";
    }

    private static Problem? OfProduct(RedisProduct product) => product switch
    {
        { IsOld: true } => Unsafe($"{product} is too old; use Redis 7.0.15 or newer, or Valkey 7.2 or newer"),
        { Name: "Redis" or "Valkey" } => null,
        { Name: "KeyDB" } => new(
            StoreReason.Unsafe, $"{product} cannot be used: of two masters the last writer wins; use Redis 7.0.15 or newer, or Valkey 7.2 or newer", false),
        _ => Unsafe($"{product} is not known to keep acknowledged writes; use Redis 7.0.15 or newer, or Valkey 7.2 or newer"),
    };

    private async Task<(Problem?, bool IsReplicated)> OfTopologyAsync(
        RespConnection server, RedisProduct product, bool isCluster, CancellationToken cancellationToken)
    {
        var replication = await InfoAsync(server, "replication", cancellationToken);
        var role = replication?.GetValueOrDefault("role");
        var replicas = replication?.GetValueOrDefault("connected_slaves") ?? replication?.GetValueOrDefault("connected_replicas");
        if (role is null || (role == "master" && replicas is null))
            (role, replicas) = await RoleAsync(server, cancellationToken);
        var isReplicated = isSentinel || isCluster || settings.ReplicaCount is not null;
        var problem = (role, replicas) switch
        {
            ("sentinel", _) => Topology(
                $"{product} is a Sentinel; add serviceName= with the name of the master to {RedisSettings.Name}, or name the server that holds the data"),
            ("slave" or "replica", _) when isSentinel || isCluster => throw new StoreUnavailableException($"{product} has just become a replica"),
            ("slave" or "replica", _) => Topology($"{product} is a replica; name its master, or the Sentinels (serviceName=)"),
            ("active-replica", _) => new(StoreReason.TopologyUnsupported, $"{product} is one of several masters, of which the last writer wins", false),
            ("master", "0") or ("master", not null) when isReplicated => OfReplication(product, isCluster),
            ("master", "0") => settings.Expected is DurabilityClass.Replicas
                ? Topology($"Store:Durability=replicas is set, but {product} has no replicas; set Store:Replicas to their number, or remove Store:Durability")
                : settings.Expected is DurabilityClass.Log ? OfReplication(product, isCluster) : null,
            ("master", not null) when settings.Expected is DurabilityClass.Provider => null,
            ("master", not null) => Topology(
                $"{product} has replicas, and nothing says how many must confirm a write; set Store:Replicas={Shown(replicas)} so that each of them does, "
                + "or name the Sentinels (serviceName=)"),
            _ => Topology($"{product} does not report whether it has replicas (INFO replication, ROLE); {Allow("+info +role")}"),
        };
        return (problem, isReplicated);
    }

    private Problem? OfReplication(RedisProduct product, bool isCluster) => settings switch
    {
        { Expected: DurabilityClass.Disk } => Topology(
            $"Store:Durability=disk is set, but {product} has replicas, of which one may take its place; set Store:Durability=replicas"),
        { Expected: DurabilityClass.Log } when !isCluster => Topology(
            $"Store:Durability=log is set, but {product} does not run in cluster mode, as the services with such a log do; set Store:Durability=provider"),
        { AllowWeakDurability: true } => Unsafe("with Store:AllowWeakDurability no replica has to confirm a write; remove it"),
        _ => null,
    };

    private async Task<(Problem?, bool IsOnDisk)> OfSettingsAsync(
        RespConnection server, RedisProduct product, bool isReplicated, CancellationToken cancellationToken)
    {
        var isConfigRefused = await ConfigAsync(server, "appendonly", cancellationToken) is null;
        if (settings.Expected is DurabilityClass.Log && !isConfigRefused)
        {
            return (Unsafe($"Store:Durability=log is set, but {product} answers CONFIG, as no service with such a log does; remove Store:Durability"), false);
        }
        var isDeclared = settings.Expected is DurabilityClass.Log or DurabilityClass.Provider;
        (string Name, string Wanted, string Why, bool IsNeeded)[] rules =
        [
            ("appendonly", "yes", "a restart would lose writes", !isDeclared),
            ("appendfsync", "always", "a crash would lose acknowledged writes", !isDeclared && !isReplicated),
            ("no-appendfsync-on-rewrite", "no", "a crash during a rewrite would lose acknowledged writes", !isDeclared && !isReplicated),
            ("maxmemory-policy", "noeviction", "credentials would be evicted", true),
        ];
        foreach (var (name, wanted, why, _) in rules.Where(rule => rule.IsNeeded))
        {
            var value = await SettingAsync(server, name, cancellationToken);
            if (value is null)
            {
                return (Unsafe(
                    $"{product} does not report its settings (CONFIG GET {name}), and unless it has {name} {wanted}, {why}; "
                    + $"grant its ACL user +config|get; {Managed}; or {Weak}"), false);
            }
            if (value != wanted)
            {
                return (Unsafe(
                    $"{product} has {name} {value}, so {why}; set {name} {wanted} (its configuration file, or CONFIG SET and CONFIG REWRITE)"
                    + (isConfigRefused && !isDeclared ? $"; {Managed}" : "")), false);
            }
        }

        return (null, await IsOnDiskAsync(server, cancellationToken));
    }

    private static async Task<bool> IsOnDiskAsync(RespConnection server, CancellationToken cancellationToken) =>
        await SettingAsync(server, "appendfsync", cancellationToken) is "always"
        && await SettingAsync(server, "no-appendfsync-on-rewrite", cancellationToken) is "no";

    /// <returns>Null if the server does not report it; taken from INFO where INFO has it.</returns>
    private static async Task<string?> SettingAsync(RespConnection server, string name, CancellationToken cancellationToken) =>
        await ConfigAsync(server, name, cancellationToken) ?? name switch
        {
            "appendonly" => (await InfoAsync(server, "persistence", cancellationToken))?.GetValueOrDefault("aof_enabled") switch
            {
                "1" => "yes",
                "0" => "no",
                _ => null,
            },
            "maxmemory-policy" => (await InfoAsync(server, "memory", cancellationToken))?.GetValueOrDefault("maxmemory_policy") is { } policy
                ? Shown(policy)
                : null,
            _ => null,
        };

    private static async Task<string?> ConfigAsync(RespConnection server, string name, CancellationToken cancellationToken) =>
        await AnswerAsync(server, ["CONFIG", "GET", name], cancellationToken) is { Items: [_, { Text: { } value }] } ? Shown(value) : null;

    private static async Task<(string? Role, string? Replicas)> RoleAsync(RespConnection server, CancellationToken cancellationToken) =>
        await AnswerAsync(server, ["ROLE"], cancellationToken) is { Items: [{ Text: var role }, ..] items }
            ? (role, items.Count > 2 && role == "master" ? $"{items[2].Items.Count}" : null)
            : (null, null);

    /// <returns>Null if INFO is refused.</returns>
    private static async Task<Dictionary<string, string>?> InfoAsync(RespConnection server, string section, CancellationToken cancellationToken) =>
        (await AnswerAsync(server, ["INFO", section], cancellationToken))?.Fields();

    /// <returns>Null if the server permanently refuses the command, or does not know it.</returns>
    /// <exception cref="RespErrorException">It refuses every command now.</exception>
    private static async Task<Resp?> AnswerAsync(RespConnection server, string[] command, CancellationToken cancellationToken)
    {
        var answer = await server.AskAsync(command, cancellationToken);
        if (!answer.IsError)
            return answer;
        return answer.Text!.Split(' ')[0] is "LOADING" or "MISCONF" or "NOAUTH" || answer.Text.StartsWith("ERR max number of clients", StringComparison.Ordinal)
            ? throw new RespErrorException(answer.Text)
            : null;
    }

    // For use in a text: one plain word, whatever the server reports.
    private static string Shown(string value) =>
        value.Length is > 0 and < 40 && value.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_') ? value : "something else";

    private static string Allow(string rules) => $"grant its ACL user {rules}, or {Weak}";

    private StoreFault? Fault(Problem? problem) =>
        problem is { } found ? new StoreFault(found.Reason, found.Text, settings.AllowWeakDurability && found.Tolerable) : null;

    private static Problem Unsafe(string text) => new(StoreReason.Unsafe, text);

    private static Problem Topology(string text) => new(StoreReason.TopologyUnsupported, text);
}
