using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>The tables of an embedded store; they mirror the keys of the Redis engine.</summary>
/// <remarks>
/// <code>
/// meta     name -> value            deployment, format, partitions, key:&lt;key id&gt;, sealing
/// seq      partition -> n           counter of commits
/// ix       tenant -> seq            a change log that compacts itself
/// due      tenant -> ms             next renewal or job
/// record   tenant -> rev, key_id, sealed
/// request  tenant, id -> n, ms, fingerprint, rev, result     n: counts the tenant's commits; n and ms decide what is forgotten
/// audit    tenant, n -> rev, sealed                           entries of writes
/// journal  tenant, n -> id, sealed                            entries of disclosures; of refused calls where tenant is ''
/// node     tenant, key -> version, value    entries about nodes; a row with an old version has expired
/// server   id -> ms, about                  heartbeats
/// guard    key -> version, sealed, expire_ms      outside the partitions; ignored once it has expired
/// </code>
/// Times are milliseconds since 1970.
/// </remarks>
internal static class SqliteSchema
{
    // "gcdb": so that another SQLite file is never mistaken for this store.
    private const long ApplicationId = 0x67636462;
    private const long Version = 4;

    public static void Ensure(SqliteConnection connection)
    {
        var id = Pragma(connection, "application_id");
        var version = Pragma(connection, "user_version");
        if (id == ApplicationId && version == Version)
            return;
        if (id != 0 || version != 0)
        {
            throw new StoreRefusedException(
                StoreReason.Foreign,
                $"{connection.DataSource} was not written by this version of the service; use the version that wrote it, or another Store:DataDirectory");
        }

        using var create = connection.CreateCommand();
        create.CommandText = $"""
            BEGIN IMMEDIATE;
            CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE seq (partition INTEGER PRIMARY KEY, n INTEGER NOT NULL) STRICT;
            CREATE TABLE ix (tenant TEXT PRIMARY KEY, partition INTEGER NOT NULL, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX ix_seq ON ix (partition, seq);
            CREATE TABLE due (tenant TEXT PRIMARY KEY, ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE INDEX due_ms ON due (ms);
            CREATE TABLE record (tenant TEXT PRIMARY KEY, rev INTEGER NOT NULL, key_id TEXT NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE request (tenant TEXT NOT NULL, id TEXT NOT NULL, n INTEGER NOT NULL, ms INTEGER NOT NULL, fingerprint BLOB NOT NULL,
                rev INTEGER NOT NULL, result TEXT NOT NULL, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX request_n ON request (tenant, n, ms);
            CREATE TABLE audit (tenant TEXT NOT NULL, n INTEGER NOT NULL, rev INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, n))
                STRICT, WITHOUT ROWID;
            CREATE TABLE node (tenant TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL, PRIMARY KEY (tenant, key))
                STRICT, WITHOUT ROWID;
            CREATE INDEX node_tenant_version ON node (tenant, version);
            CREATE INDEX node_version ON node (version);
            CREATE TABLE server (id TEXT PRIMARY KEY, ms INTEGER NOT NULL, about TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE journal (tenant TEXT NOT NULL, n INTEGER NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (tenant, n))
                STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX journal_id ON journal (tenant, id);
            CREATE TABLE guard (key TEXT PRIMARY KEY, version INTEGER NOT NULL, sealed BLOB NOT NULL, expire_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
            CREATE INDEX guard_expire ON guard (expire_ms);
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {Version};
            COMMIT;
            """;
        create.ExecuteNonQuery();
    }

    private static long Pragma(SqliteConnection connection, string name)
    {
        using var statement = new SqliteStatement(connection, $"PRAGMA {name}");
        return statement.Number();
    }
}
