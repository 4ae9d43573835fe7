namespace GrpcCreds.Server.Store.Redis;

/// <summary>Which primaries there are, and which of them holds a key.</summary>
/// <param name="Shards">The primaries.</param>
/// <param name="Owners">For each hash slot the index of its shard, or -1; null if there is one primary and no Cluster.</param>
internal sealed record RedisTopology(IReadOnlyList<RedisShard> Shards, short[]? Owners = null)
{
    /// <returns>Null: no server holds the key's slot.</returns>
    public RedisShard? Of(string key) =>
        Shards.Count == 0 ? null : Owners is null ? Shards[0]
        : Owners[ClusterSlot.Of(key)] is var owner and >= 0 ? Shards[owner] : null;

    /// <summary>Whether one script may use both keys: a Cluster demands one slot, one server is not enough.</summary>
    public bool AreInOneScript(string one, string other) => Owners is null || ClusterSlot.Of(one) == ClusterSlot.Of(other);

    /// <summary>A key that this shard holds, for the barrier's mark: one that holds a single slot, as while slots are moved to it, has some too.</summary>
    public string MarkKey(RedisShard shard) => Enumerable.Range(0, int.MaxValue).Select(RedisKeys.Mark).First(key => Of(key)?.Name == shard.Name);
}
