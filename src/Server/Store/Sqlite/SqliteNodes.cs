using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>Entries about nodes and heartbeats of servers, in rows.</summary>
internal static class SqliteNodes
{
    private const int MaxServers = 100;

    public static bool Set(
        SqliteConnection connection, TenantId tenant, IReadOnlyList<StoredNode> nodes, IReadOnlyList<string> dropped, DateTimeOffset useTime)
    {
        var version = Math.Max(StoredNode.Version(useTime), Newest(connection, tenant) + 1);
        // Deletes come first: a key that is in both lists is kept.
        using var drop = new SqliteStatement(connection, "DELETE FROM node WHERE tenant = $1 AND key = $2");
        foreach (var key in dropped)
            drop.Run(tenant.ToString(), key);
        using var set = new SqliteStatement(connection, "INSERT OR REPLACE INTO node (tenant, key, version, value) VALUES ($1, $2, $3, $4)");
        foreach (var (key, value) in nodes)
            set.Run(tenant.ToString(), key, version, value);
        return true;
    }

    public static NodeChanges Since(SqliteConnection connection, TenantId tenant, long version, Action damaged)
    {
        var newest = Newest(connection, tenant);
        var from = newest < version ? 0 : version;
        using var changed = new SqliteStatement(connection, "SELECT key, value FROM node WHERE tenant = $1 AND version > $2 ORDER BY version");
        var nodes = changed.QuerySound(
            row => new StoredNode(row.GetString(0), row.GetString(1)), damaged, int.MaxValue, tenant.ToString(), from == 0 ? long.MinValue : from);
        return new(newest, IsAll: from == 0, nodes);
    }

    /// <summary>
    /// Also removes expired entries, including those about nodes. Other servers' heartbeats are left over, because one process holds the store: they
    /// are removed when this process has used the store for a lifetime, or when there are many.
    /// </summary>
    public static IReadOnlyList<MemberHeartbeat> Beat(
        SqliteConnection connection, MemberHeartbeat beat, DateTimeOffset useTime, TimeSpan used, Action damaged)
    {
        using var dropNodes = new SqliteStatement(connection, "DELETE FROM node WHERE version <= $1");
        dropNodes.Run(StoredNode.Version(useTime - StoredNode.Lifetime));
        using var dropServers = new SqliteStatement(
            connection, "DELETE FROM server WHERE id NOT IN (SELECT id FROM server WHERE id <> $1 ORDER BY ms DESC LIMIT $2)");
        dropServers.Run(beat.Server, used < StoredNode.Lifetime ? MaxServers : 0);
        using var set = new SqliteStatement(connection, "INSERT OR REPLACE INTO server (id, ms, about) VALUES ($1, $2, $3)");
        set.Run(beat.Server, beat.Time.ToUnixTimeMilliseconds(), beat.About);
        using var all = new SqliteStatement(connection, "SELECT id, ms, about FROM server");
        return all.QuerySound(
            row => Read(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), row.GetString(2)), damaged, int.MaxValue);
    }

    private static MemberHeartbeat Read(string server, DateTimeOffset time, string about) => new(server, time, about) { StoreTime = time };

    private static long Newest(SqliteConnection connection, TenantId tenant)
    {
        using var newest = new SqliteStatement(connection, "SELECT max(version) FROM node WHERE tenant = $1 AND version BETWEEN 1 AND $2");
        return newest.Number(tenant.ToString(), StoredNode.MaxVersion);
    }
}
