using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>
/// A store that was written before the keys of the meta entry had a hash tag. The first server of this version copies the entry, once; the old one stays,
/// so that servers of both versions work during an update, and gets a field that says so. Those of the old version do not see the heartbeats of the new ones.
/// </summary>
internal sealed class OldLayout(RedisConnection connection)
{
    private static readonly RedisKey Meta = "gc:meta";
    private static readonly RedisKey Servers = "gc:servers";

    private const string Moved = "moved";

    private bool isOver;

    /// <returns>The meta entry; null if there is no old one, or if it was taken over already: then it is out of date, and the new one is lost.</returns>
    public async Task<StoreMeta?> TakeOverAsync(CancellationToken cancellationToken)
    {
        var fields = await connection.RunAsync(Meta, database => database.HashGetAllAsync(Meta, RedisConnection.Flags), cancellationToken);
        return !fields.Any(field => field.Name == Moved)
            && MetaFields.Parse(fields.Select(field => KeyValuePair.Create(field.Name.ToString(), field.Value.ToString()))) is { } old
            ? await connection.RunAsync(RedisKeys.Meta, database => MetaScript.CreateAsync(database, old), cancellationToken)
            : null;
    }

    /// <summary>Notes in the old entry, if there is one, that it was taken over.</summary>
    public Task<RedisResult> LeaveAsync(CancellationToken cancellationToken) => connection.RunAsync(
        Meta,
        database => database.ScriptEvaluateAsync(
            "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('HSET', KEYS[1], ARGV[1], '1') end", [Meta], [Moved], RedisConnection.Flags),
        cancellationToken);

    /// <summary>The heartbeats of servers of the old version.</summary>
    /// <param name="beats">Those of this version, of which one has just been written.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<MemberHeartbeat>> BeatsAsync(IReadOnlyList<MemberHeartbeat> beats, CancellationToken cancellationToken)
    {
        if (isOver || beats.Count == 0)
            return [];
        var now = beats.Max(beat => beat.StoreTime);
        var fields = await connection.RunAsync(Servers, database => database.HashGetAllAsync(Servers, RedisConnection.Flags), cancellationToken);
        List<MemberHeartbeat> old =
            [.. fields.Select(field => RedisNodes.Read(field.Name.ToString(), field.Value.ToString())).OfType<MemberHeartbeat>()
                .Where(beat => now - beat.StoreTime < StoredNode.Lifetime)];
        // None will come back.
        isOver = old.Count == 0;
        return old;
    }
}
