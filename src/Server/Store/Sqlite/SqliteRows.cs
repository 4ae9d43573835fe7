using System.Globalization;
using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>Converts rows of the store to its types.</summary>
internal static class SqliteRows
{
    private const string RequestSql = "SELECT id, ms, fingerprint, rev, result FROM request WHERE tenant = $1 AND id = $2";

    /// <summary>
    /// A partition's counter of commits. If it is damaged or went back, counting continues from the index, which every commit advances too.
    /// </summary>
    public static readonly string SeqSql = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        SELECT max(n) FROM (
            SELECT n FROM seq WHERE partition = $1 AND n BETWEEN 1 AND {Changes.MaxSeq}
            UNION ALL SELECT max(seq) FROM ix WHERE partition = $1 AND seq BETWEEN 1 AND {Changes.MaxPlace})
        """);

    public static string Text(Guid id) => id.ToString("D");

    public static SqliteStatement Requests(SqliteConnection connection) => new(connection, RequestSql);

    /// <summary>The remembered request, or null.</summary>
    public static RequestEntry? Request(SqliteStatement requests, TenantId tenant, Guid id)
    {
        RequestEntry? damaged = null;
        return requests.QuerySound(Request, () => damaged = RequestEntry.Damaged(id), 1, tenant.ToString(), Text(id)) is [var known] ? known : damaged;
    }

    private static RequestEntry Request(SqliteDataReader row) =>
        new(Guid.Parse(row.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), Bytes(row, 2), row.GetInt64(3), row.GetString(4));

    public static StoredRecord Record(SqliteDataReader row) =>
        row.GetInt64(0) is > 0 and var rev ? new(rev, row.GetString(1), Bytes(row, 2)) : throw new FormatException("no rev");

    public static Change Change(SqliteDataReader row) => new(Tenant(row), row.GetInt64(1));

    public static AuditBytes Audit(SqliteDataReader row) => new(new(row.GetInt64(0), 0), row.GetInt64(1), Bytes(row, 2));

    public static JournalBytes Journal(SqliteDataReader row) =>
        new(new(row.GetInt64(0), 0), Guid.TryParse(row.GetString(1), out var id) ? id : Guid.Empty, Bytes(row, 2));

    public static CasEntry Guard(SqliteDataReader row) => new(row.GetInt64(0), Bytes(row, 1));

    public static TenantId Tenant(SqliteDataReader row) => TenantId.Parse(row.GetString(0));

    private static byte[] Bytes(SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);
}
