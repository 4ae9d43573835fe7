using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>Adds an audit entry that belongs to no commit, inside the writer's transaction.</summary>
internal static class SqliteJournal
{
    public const string ReadSql = "SELECT n, id, sealed FROM journal WHERE tenant = $1 AND n < $2 ORDER BY n DESC LIMIT $3";

    // No tenant has an empty name.
    public static string NameOf(AuditJournal journal) => journal.Tenant?.ToString() ?? "";

    /// <returns>False: an entry with this id already exists.</returns>
    public static bool Append(SqliteConnection connection, AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, int max)
    {
        var name = NameOf(journal);
        using var countOf = new SqliteStatement(connection, "SELECT max(n) FROM journal WHERE tenant = $1 AND n BETWEEN 1 AND $2");
        var n = countOf.Number(name, Changes.MaxPlace) + 1;
        using var known = new SqliteStatement(connection, "SELECT 1 FROM journal WHERE tenant = $1 AND id = $2");
        if (known.Number(name, SqliteRows.Text(id)) == 1)
            return false;
        using var add = new SqliteStatement(connection, "INSERT INTO journal (tenant, n, id, sealed) VALUES ($1, $2, $3, $4)");
        add.Run(name, n, SqliteRows.Text(id), sealedEntry.ToArray());
        using var drop = new SqliteStatement(connection, "DELETE FROM journal WHERE tenant = $1 AND n <= $2");
        drop.Run(name, n - max);
        return true;
    }
}
