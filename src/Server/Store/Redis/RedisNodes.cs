using System.Globalization;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Entries about nodes: a script sets many and gives them one version; what was set since a version is one range read.</summary>
internal static class RedisNodes
{
    /// <summary>How many entries one script sets: other commands, such as commits, wait for it a few milliseconds at most.</summary>
    private const int MaxAtOnce = 1000;

    private const string Lua = """
        local nodes, index, owner, meta = unpack(KEYS) -- meta only where there is no Cluster
        local lifetime_ms, dropped, deployment = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
        local time = redis.call('TIME')
        local version = tonumber(time[1]) * 1000000 + tonumber(time[2])
        local oldest = string.format('%.0f', version - lifetime_ms * 1000)

        if redis.call('GET', owner) ~= deployment or (meta and redis.call('HGET', meta, 'deployment') ~= deployment) then
            return 0 -- emptied, or another's
        end
        local newest = redis.call('ZRANGE', index, 9007199254740992, 1, 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')[2]
        if newest and version <= tonumber(newest) then
            version = tonumber(newest) + 1
        end
        for at = 4, 3 + dropped do
            redis.call('HDEL', nodes, ARGV[at])
            redis.call('ZREM', index, ARGV[at])
        end
        for at = 4 + dropped, #ARGV, 2 do
            redis.call('HSET', nodes, ARGV[at], ARGV[at + 1])
            redis.call('ZADD', index, string.format('%.0f', version), ARGV[at])
        end
        for _, key in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', oldest)) do
            redis.call('HDEL', nodes, key)
            redis.call('ZREM', index, key)
        end
        redis.call('PEXPIRE', nodes, lifetime_ms)
        redis.call('PEXPIRE', index, lifetime_ms)
        return 1
        """;

    // A heartbeat from the future was written before this clock was set back: its age counts from now.
    private const string BeatLua = """
        local servers = KEYS[1]
        local server, own_ms, about, lifetime_ms = unpack(ARGV)
        local time = redis.call('TIME')
        local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

        redis.call('HSET', servers, server, string.format('%.0f', now) .. ' ' .. own_ms .. ' ' .. about)
        local there, beats = redis.call('HGETALL', servers), {}
        for at = 1, #there, 2 do
            local ms, said = string.match(there[at + 1], '^(%d+) (%d+ .*)$')
            if not ms or now - tonumber(ms) > tonumber(lifetime_ms) then
                redis.call('HDEL', servers, there[at])
            else
                if tonumber(ms) > now then
                    ms = string.format('%.0f', now)
                    redis.call('HSET', servers, there[at], ms .. ' ' .. said)
                end
                beats[#beats + 1] = there[at]
                beats[#beats + 1] = ms .. ' ' .. said
            end
        end
        return beats
        """;

    // An entry with a version above the limit is damaged: it proves nothing about the newest.
    private const string NewestLua = """
        return tonumber(redis.call('ZRANGE', KEYS[1], 9007199254740992, 1, 'BYSCORE', 'REV', 'LIMIT', 0, 1, 'WITHSCORES')[2] or 0)
        """;

    /// <returns>False: the store no longer belongs to this deployment, and not everything was written.</returns>
    public static async Task<bool> SetAsync(
        IDatabaseAsync redis, RedisKeys keys, TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, string deployment,
        bool isMetaHere)
    {
        RedisKey[] touched = [keys.Nodes(tenant), keys.NodeIndex(tenant), keys.Owner, .. isMetaHere ? [RedisKeys.Meta] : Array.Empty<RedisKey>()];
        var from = 0;
        do
        {
            // Deletes come first: a key that is in both lists is kept.
            var deletes = from == 0 ? dropped : [];
            RedisValue[] head = [(long)StoredNode.Lifetime.TotalMilliseconds, deletes.Count, deployment];
            var sets = nodes.Skip(from).Take(MaxAtOnce).SelectMany(node => new RedisValue[] { node.Key, node.Value });
            RedisValue[] values = [.. head, .. deletes.Select(key => (RedisValue)key), .. sets];
            if (!(bool)await redis.ScriptEvaluateAsync(Lua, touched, values, RedisConnection.Flags))
                return false;
            from += MaxAtOnce;
        }
        while (from < nodes.Count);
        return true;
    }

    /// <remarks>An entry set between the two reads comes with a newer value than its version indicates, and comes again next time.</remarks>
    public static async Task<NodeChanges> SinceAsync(IDatabaseAsync redis, RedisKeys keys, TenantId tenant, long version)
    {
        var index = keys.NodeIndex(tenant);
        var top = redis.ScriptEvaluateAsync(NewestLua, [index], flags: RedisConnection.Flags);
        var changed = await redis.SortedSetRangeByScoreAsync(index, version, double.PositiveInfinity, Exclude.Start, flags: RedisConnection.Flags);
        var newest = (long)await top;
        var isAll = version == 0 || newest < version;
        if (isAll)
            changed = await redis.SortedSetRangeByScoreAsync(index, flags: RedisConnection.Flags);
        if (changed.Length == 0)
            return new(newest, isAll, []);
        var values = await redis.HashGetAsync(keys.Nodes(tenant), changed, RedisConnection.Flags);
        var nodes = changed.Zip(values).Where(node => !node.Second.IsNull).Select(node => new StoredNode(node.First.ToString(), node.Second.ToString()));
        return new(newest, isAll, [.. nodes]);
    }

    public static async Task<IReadOnlyList<MemberHeartbeat>> BeatAsync(IDatabaseAsync redis, MemberHeartbeat beat)
    {
        RedisValue[] values = [beat.Server, beat.Time.ToUnixTimeMilliseconds(), beat.About, (long)StoredNode.Lifetime.TotalMilliseconds];
        var beats = (RedisValue[])(await redis.ScriptEvaluateAsync(BeatLua, [RedisKeys.Servers], values, RedisConnection.Flags))!;
        return [.. beats.Chunk(2).Select(field => Read(field[0].ToString(), field[1].ToString())).OfType<MemberHeartbeat>()];
    }

    // A damaged heartbeat counts as none.
    public static MemberHeartbeat? Read(string server, string value) =>
        value.Split(' ', 3) is [var storeMs, var ms, var about] && Time(storeMs) is { } storeTime && Time(ms) is { } time
            ? new MemberHeartbeat(server, time, about) { StoreTime = storeTime }
            : null;

    private static DateTimeOffset? Time(string ms) =>
        long.TryParse(ms, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time < 253_402_300_800_000
            ? DateTimeOffset.FromUnixTimeMilliseconds(time)
            : null;
}
