using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Audit entries as streams: of writes (the commit script adds those) and of what belongs to no commit.</summary>
/// <remarks>Redis has no checksums, and any client that can write it can write here: a damaged entry is read as one that does not open.</remarks>
internal static class RedisJournal
{
    // An entry that got no answer is resent within seconds, so only the newest are searched for it; entries are large.
    private const string Lua = """
        for _, entry in ipairs(redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 16)) do
            if entry[2][2] == ARGV[1] then
                return 0
            end
        end
        redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[3], '*', 'id', ARGV[1], 'sealed', ARGV[2])
        return 1
        """;

    /// <returns>False: an entry with this id already exists.</returns>
    public static async Task<bool> AppendAsync(IDatabaseAsync redis, RedisKey journal, Guid id, ReadOnlyMemory<byte> sealedEntry, int max) =>
        (bool)await redis.ScriptEvaluateAsync(Lua, [journal], [id.ToString("D"), sealedEntry, max], RedisConnection.Flags);

    public static async Task<IReadOnlyList<JournalBytes>> ReadAsync(IDatabaseAsync redis, RedisKey journal, AuditPosition? before, int limit) =>
        [.. (await RangeAsync(redis, journal, before, limit)).Select(entry => new JournalBytes(
            PositionOf(entry), Guid.TryParse(entry["id"].ToString(), out var id) ? id : Guid.Empty, Sealed(entry)))];

    public static async Task<IReadOnlyList<AuditBytes>> AuditAsync(IDatabaseAsync redis, RedisKey audit, AuditPosition? before, int limit) =>
        [.. (await RangeAsync(redis, audit, before, limit)).Select(entry => new AuditBytes(
            PositionOf(entry), entry["rev"].TryParse(out long rev) ? rev : 0, Sealed(entry)))];

    private static Task<StreamEntry[]> RangeAsync(IDatabaseAsync redis, RedisKey stream, AuditPosition? before, int limit) =>
        redis.StreamRangeAsync(stream, maxId: before is { } position ? $"({position}" : "+", count: limit, messageOrder: Order.Descending,
            flags: RedisConnection.Flags);

    // An id that no clock yields is far ahead: older entries are read on from there.
    private static AuditPosition PositionOf(StreamEntry entry) =>
        AuditPosition.TryParse(entry.Id.ToString(), out var position) ? position : new(long.MaxValue, 0);

    private static ReadOnlyMemory<byte> Sealed(StreamEntry entry) => (byte[]?)entry["sealed"] ?? [];
}
