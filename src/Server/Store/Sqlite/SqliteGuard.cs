using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>Decides and writes one guard entry inside the writer's transaction.</summary>
internal static class SqliteGuard
{
    public const string ReadSql = "SELECT version, sealed FROM guard WHERE key = $1 AND expire_ms > $2";

    /// <returns>False: the stored version differs.</returns>
    public static bool Apply(SqliteConnection connection, CasWrite write)
    {
        var now = write.Now.ToUnixTimeMilliseconds();
        // Every write removes expired entries, including its own; nothing else does.
        using var dropOver = new SqliteStatement(connection, "DELETE FROM guard WHERE expire_ms <= $1");
        dropOver.Run(now);

        using var versionOf = new SqliteStatement(connection, "SELECT version FROM guard WHERE key = $1");
        if (versionOf.Number(write.Key) != write.ReadVersion)
            return false;
        using var set = new SqliteStatement(connection, "INSERT OR REPLACE INTO guard (key, version, sealed, expire_ms) VALUES ($1, $2, $3, $4)");
        set.Run(write.Key, write.Version, write.Sealed.ToArray(), now + (long)write.Lifetime.TotalMilliseconds);
        return true;
    }
}
