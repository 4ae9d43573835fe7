using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>How rows of the store become its types.</summary>
internal static class SqliteRows
{
    public const string RequestSql = "SELECT id, ms, fingerprint, rev, result FROM request WHERE tenant = $1 AND id = $2";

    public static string Text(Guid id) => id.ToString("D");

    public static RequestEntry Request(SqliteDataReader row) =>
        new(Guid.Parse(row.GetString(0)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1)), Bytes(row, 2), row.GetInt64(3), row.GetString(4));

    public static StoredRecord Record(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1), Bytes(row, 2));

    public static Change Change(SqliteDataReader row) => new(Tenant(row), row.GetInt64(1));

    public static AuditBytes Audit(SqliteDataReader row) => new(new(row.GetInt64(0), 0), row.GetInt64(1), Bytes(row, 2));

    public static JournalBytes Journal(SqliteDataReader row) =>
        new(new(row.GetInt64(0), 0), Guid.TryParse(row.GetString(1), out var id) ? id : Guid.Empty, Bytes(row, 2));

    public static StoredGuard Guard(SqliteDataReader row) => new(row.GetInt64(0), Bytes(row, 1));

    public static TenantId Tenant(SqliteDataReader row) => TenantId.Parse(row.GetString(0));

    private static byte[] Bytes(SqliteDataReader row, int column) => row.GetFieldValue<byte[]>(column);
}
