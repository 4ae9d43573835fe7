using StackExchange.Redis;

namespace GrpcCreds.Server.Store.Redis;

/// <summary>Reads a partition's change index in pages.</summary>
internal static class RedisIndex
{
    public const int PageSize = 5000;

    /// <remarks>
    /// The counter is read before the index, on one connection: so each commit it counts is already in the index, at its own place or at that of
    /// a later commit of the same tenant. A tenant committed while pages are read moves up and is met again, so reading to the end misses no
    /// tenant; one that is met twice counts with its newest place.
    /// </remarks>
    public static async Task<Changes> ChangesSinceAsync(
        RedisConnection connection, RedisKeys keys, long seq, StoreDamage damage, CancellationToken cancellationToken)
    {
        // The meta entry may be at another primary, and be lost alone.
        var isMetaHere = connection.AreTogether(keys.Seq, RedisKeys.Meta);
        var meta = isMetaHere ? default : await connection.RunAsync(RedisKeys.Meta, DeploymentAsync, cancellationToken);
        var (deployment, owner, counter, page) = await connection.RunAsync(
            keys.Seq,
            async database =>
            {
                var deployment = isMetaHere ? DeploymentAsync(database) : Task.FromResult(meta);
                var owner = database.StringGetAsync(keys.Owner, RedisConnection.Flags);
                var counter = database.StringGetAsync(keys.Seq, RedisConnection.Flags);
                // With seq 0, everything: also entries that damage has put before the first place.
                var first = PageAsync(database, keys, seq > 0 ? seq : double.NegativeInfinity, seq > 0 ? Exclude.Start : Exclude.None);
                await Task.WhenAll(deployment, owner, counter, first);
                return (await deployment, await owner, await counter, await first);
            },
            cancellationToken);

        var newest = new Dictionary<TenantId, long>(page.Length);
        // If the counter is damaged or went back, the index shows how far commits have come, as it does for the next commit.
        var count = counter.TryParse(out long number) && number is >= 0 and <= Changes.MaxSeq ? number : 0;
        while (true)
        {
            foreach (var entry in page)
            {
                // A damaged name belongs to no tenant, and must not keep the others from being read.
                if (!TenantId.TryParse(entry.Element.ToString(), out var tenant))
                    damage.Found(Damaged.IndexEntry);
                else
                    newest[tenant] = (long)entry.Score;
                if (entry.Score is >= 1 and <= Changes.MaxPlace)
                    count = Math.Max(count, (long)entry.Score);
            }

            if (page.Length < PageSize)
                break;
            var last = page[^1].Score;
            page = await connection.RunAsync(keys.Seq, database => PageAsync(database, keys, last, Exclude.Start), cancellationToken);
        }

        return new Changes(owner == deployment ? (string?)deployment : null, count, [.. newest.Select(entry => new Change(entry.Key, entry.Value))]);
    }

    private static Task<SortedSetEntry[]> PageAsync(IDatabaseAsync database, RedisKeys keys, double after, Exclude exclude) =>
        database.SortedSetRangeByScoreWithScoresAsync(keys.Index, after, double.PositiveInfinity, exclude, take: PageSize, flags: RedisConnection.Flags);

    private static Task<RedisValue> DeploymentAsync(IDatabaseAsync database) =>
        database.HashGetAsync(RedisKeys.Meta, MetaFields.Deployment, RedisConnection.Flags);
}
