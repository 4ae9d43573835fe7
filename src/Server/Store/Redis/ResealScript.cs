using System.Globalization;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Replaces the sealed form of a record that was read. Rev and key id are compared as text; nothing else is changed.</summary>
internal static class ResealScript
{
    private const string Lua = """
        local record = KEYS[1]
        local rev, from, to, sealed = unpack(ARGV)
        if redis.call('HGET', record, 'rev') ~= rev or redis.call('HGET', record, 'key') ~= from then
            return 0
        end
        redis.call('HSET', record, 'key', to, 'sealed', sealed)
        return 1
        """;

    public static async Task<bool> RunAsync(IDatabaseAsync redis, RedisKey record, StoredRecord resealed, string keyId) =>
        (bool)await redis.ScriptEvaluateAsync(
            Lua, [record], [resealed.Rev.ToString(CultureInfo.InvariantCulture), keyId, resealed.KeyId, resealed.Sealed],
            RedisConnection.Flags);
}
