using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The meta entry: read as it is, created by the first server, and changed only if it still is as it was read.</summary>
internal static class MetaScript
{
    private const string Lua = """
        if redis.call('EXISTS', KEYS[1]) == 0 then
            redis.call('HSET', KEYS[1], unpack(ARGV))
        end
        return redis.call('HGETALL', KEYS[1])
        """;

    // All checks come before the first write; a missing field reads as ''.
    private const string ChangeLua = """
        local meta, servers = unpack(KEYS)
        local changes, known = tonumber(ARGV[1]), {}
        for at = 2, changes * 3, 3 do
            if (redis.call('HGET', meta, ARGV[at]) or '') ~= ARGV[at + 1] then
                return 0
            end
        end
        local first = changes * 3 + 2
        if ARGV[first] == 'among' then
            for at = first + 1, #ARGV do
                known[ARGV[at]] = true
            end
            local there = redis.call('HGETALL', servers)
            for at = 1, #there, 2 do
                if not known[there[at]] then
                    return 0
                end
            end
        end
        for at = 2, changes * 3, 3 do
            redis.call('HSET', meta, ARGV[at], ARGV[at + 2])
        end
        return 1
        """;

    /// <summary>A field that only this engine has: each partition says whose it is.</summary>
    private const string Marked = "marked";

    public static async Task<bool> IsMarkedAsync(IDatabaseAsync redis) => !(await redis.HashGetAsync(RedisKeys.Meta, Marked, RedisConnection.Flags)).IsNull;

    public static Task<bool> SetMarkedAsync(IDatabaseAsync redis) => redis.HashSetAsync(RedisKeys.Meta, Marked, 1, flags: RedisConnection.Flags);

    /// <summary>Writes into a partition whose it is, unless it says so already.</summary>
    public static Task<RedisResult> MarkAsync(IDatabaseAsync redis, RedisKey owner, string deployment) =>
        redis.ScriptEvaluateAsync("return redis.call('SET', KEYS[1], ARGV[1], 'NX')", [owner], [deployment], RedisConnection.Flags);

    public static async Task<bool> ChangeAsync(IDatabaseAsync redis, StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers)
    {
        var changes = MetaFields.Changes(read, updated);
        RedisValue[] values =
        [
            changes.Count,
            .. changes.SelectMany(change => new RedisValue[] { change.Name, change.From, change.To }),
            servers is null ? "any" : "among",
            .. (servers ?? []).Select(server => (RedisValue)server),
        ];
        return (bool)await redis.ScriptEvaluateAsync(ChangeLua, [RedisKeys.Meta, RedisKeys.Servers], values, RedisConnection.Flags);
    }

    public static async Task<StoreMeta?> ReadAsync(IDatabaseAsync redis)
    {
        var fields = await redis.HashGetAllAsync(RedisKeys.Meta, RedisConnection.Flags);
        return MetaFields.Parse(fields.Select(field => KeyValuePair.Create(field.Name.ToString(), field.Value.ToString())));
    }

    public static async Task<StoreMeta> CreateAsync(IDatabaseAsync redis, StoreMeta meta)
    {
        RedisValue[] fields = [.. MetaFields.Of(meta).SelectMany(field => new RedisValue[] { field.Key, field.Value })];
        var standing = (RedisValue[])(await redis.ScriptEvaluateAsync(Lua, [RedisKeys.Meta], fields, RedisConnection.Flags))!;
        return MetaFields.Parse(standing.Chunk(2).Select(field => KeyValuePair.Create(field[0].ToString(), field[1].ToString())))!;
    }
}
