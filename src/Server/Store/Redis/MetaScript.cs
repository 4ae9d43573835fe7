using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>The meta entry: read as it is, and written by whoever is first.</summary>
internal static class MetaScript
{
    private const string Lua = """
        if redis.call('EXISTS', KEYS[1]) == 0 then
            redis.call('HSET', KEYS[1], unpack(ARGV))
        end
        return redis.call('HGETALL', KEYS[1])
        """;

    public static async Task<StoreMeta?> ReadAsync(IDatabaseAsync redis)
    {
        var fields = await redis.HashGetAllAsync(RedisKeys.Meta);
        return MetaFields.Parse(fields.Select(field => KeyValuePair.Create(field.Name.ToString(), field.Value.ToString())));
    }

    public static async Task<StoreMeta> CreateAsync(IDatabaseAsync redis, StoreMeta meta)
    {
        RedisValue[] fields = [.. MetaFields.Of(meta).SelectMany(field => new RedisValue[] { field.Key, field.Value })];
        var standing = (RedisValue[])(await redis.ScriptEvaluateAsync(Lua, [RedisKeys.Meta], fields))!;
        return MetaFields.Parse(standing.Chunk(2).Select(field => KeyValuePair.Create(field[0].ToString(), field[1].ToString())))!;
    }
}
