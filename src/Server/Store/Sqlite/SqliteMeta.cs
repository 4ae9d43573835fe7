using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>What the embedded store says of itself, as rows of <c>meta</c>: deployment, format, partitions, key:&lt;key id&gt;.</summary>
internal static class SqliteMeta
{
    public static StoreMeta? Read(SqliteConnection connection)
    {
        using var select = new SqliteStatement(connection, "SELECT name, value FROM meta");
        return MetaFields.Parse(select.Query(row => KeyValuePair.Create(row.GetString(0), row.GetString(1))));
    }

    /// <summary>For a store without meta entry, inside a transaction.</summary>
    public static StoreMeta Write(SqliteConnection connection, StoreMeta meta)
    {
        using var insert = new SqliteStatement(connection, "INSERT INTO meta (name, value) VALUES ($1, $2)");
        foreach (var (name, value) in MetaFields.Of(meta))
            insert.Run(name, value);
        return meta;
    }
}
