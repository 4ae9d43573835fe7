using System.Buffers.Text;
using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>A guard entry: one value that holds its version, compared and replaced by one script. Redis drops it when it expires.</summary>
/// <remarks>
/// <code>
/// gc:guard:&lt;key&gt;  =  &lt;version, decimal&gt; ' ' &lt;sealed&gt;
/// </code>
/// A string and not a hash: SET … PX writes value and lifetime at once, so that no failure halfway leaves an entry that never expires. It
/// expires by Redis's own clock, independent of the servers' clocks. The caller's version is compared as text because a Lua number is a double.
/// </remarks>
internal static class GuardScript
{
    private const string Lua = """
        local value = redis.call('GET', KEYS[1])
        local version = '0'
        if value then
            version = string.match(value, '^%d+')
        end
        if version ~= ARGV[1] then
            return 0
        end
        redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """;

    public static async Task<bool> RunAsync(IDatabaseAsync redis, CasWrite write)
    {
        byte[] value = [.. Encoding.ASCII.GetBytes(write.Version.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. write.Sealed.Span];
        return (bool)await redis.ScriptEvaluateAsync(
            Lua, [RedisKeys.Guard(write.Key)], [write.ReadVersion, value, (long)write.Lifetime.TotalMilliseconds], RedisConnection.Flags);
    }

    public static async Task<CasEntry?> ReadAsync(IDatabaseAsync redis, string key)
    {
        if ((byte[]?)await redis.StringGetAsync(RedisKeys.Guard(key), RedisConnection.Flags) is not { } value)
            return null;
        if (!Utf8Parser.TryParse(value, out long version, out var length) || length == value.Length || value[length] != ' ')
            throw new StoreDamagedException(
                "the login protection entry of a Salesforce user is damaged in the store; it expires automatically within 16 minutes");
        return new CasEntry(version, value.AsMemory(length + 1));
    }
}
