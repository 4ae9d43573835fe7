using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>The meta entry of the embedded store, as rows of <c>meta</c>: deployment, format, partitions, key:&lt;key id&gt;, sealing.</summary>
internal static class SqliteMeta
{
    public static StoreMeta? Read(SqliteConnection connection)
    {
        using var select = new SqliteStatement(connection, "SELECT name, value FROM meta");
        return MetaFields.Parse(select.Query(row => KeyValuePair.Create(row.GetString(0), row.GetString(1))));
    }

    /// <summary>Whether the store contains anything that a deployment wrote.</summary>
    public static bool HasData(SqliteConnection connection)
    {
        using var any = new SqliteStatement(
            connection,
            """
            SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM ix) OR EXISTS (SELECT 1 FROM seq) OR EXISTS (SELECT 1 FROM due)
                OR EXISTS (SELECT 1 FROM audit) OR EXISTS (SELECT 1 FROM request) OR EXISTS (SELECT 1 FROM journal)
            """);
        return any.Number() == 1;
    }

    /// <summary>Whether the store still belongs to this deployment.</summary>
    public static bool IsOf(SqliteConnection connection, string? deployment)
    {
        using var value = new SqliteStatement(connection, "SELECT value FROM meta WHERE name = 'deployment'");
        return value.Query(row => row.GetString(0)).SingleOrDefault() == deployment;
    }

    /// <summary>For a store without a meta entry, inside a transaction.</summary>
    public static StoreMeta Write(SqliteConnection connection, StoreMeta meta)
    {
        using var insert = new SqliteStatement(connection, "INSERT INTO meta (name, value) VALUES ($1, $2)");
        foreach (var (name, value) in MetaFields.Of(meta))
            insert.Run(name, value);
        return meta;
    }

    /// <summary>Inside a transaction.</summary>
    /// <returns>False: a field differs from what was read, or another server exists.</returns>
    public static bool Change(SqliteConnection connection, StoreMeta read, StoreMeta updated, IReadOnlyCollection<string>? servers)
    {
        using var valueOf = new SqliteStatement(connection, "SELECT value FROM meta WHERE name = $1");
        using var serverIds = new SqliteStatement(connection, "SELECT id FROM server");
        using var set = new SqliteStatement(connection, "INSERT OR REPLACE INTO meta (name, value) VALUES ($1, $2)");
        var changes = MetaFields.Changes(read, updated);
        if (changes.Any(change => (valueOf.Query(row => row.GetString(0), change.Name).SingleOrDefault() ?? "") != change.From)
            || (servers is not null && serverIds.Query(row => row.GetString(0)).Except(servers).Any()))
            return false;
        foreach (var change in changes)
            set.Run(change.Name, change.To);
        return true;
    }
}
