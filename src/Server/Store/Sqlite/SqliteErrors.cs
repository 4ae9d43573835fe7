using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>What an error of SQLite means to the callers of the store.</summary>
internal static class SqliteErrors
{
    /// <summary>What the store's callers get: of whatever kind the failure is, one that they know.</summary>
    public static StoreUnavailableException Translate(Exception exception) => exception switch
    {
        StoreUnavailableException known => known,
        SqliteException error => new($"the embedded store failed: {Meaning(error.SqliteErrorCode)}", error),
        TimeoutException => new("the embedded store did not answer in time", exception),
        ObjectDisposedException => new("the embedded store is closing", exception),
        _ when IsDamage(exception) => new StoreDamagedException("what stands in the embedded store cannot be read", exception),
        _ => new($"the embedded store failed: {exception.GetType().Name}", exception),
    };

    /// <summary>What a value of a wrong type, form or range comes to when it is read.</summary>
    public static bool IsDamage(Exception exception) =>
        exception is InvalidCastException or FormatException or OverflowException or ArgumentException or InvalidOperationException and not ObjectDisposedException;

    public static string Meaning(int code) => code switch
    {
        raw.SQLITE_FULL => "its disk is full",
        raw.SQLITE_READONLY => "its file may not be written",
        raw.SQLITE_IOERR => "its disk reports an error",
        raw.SQLITE_CANTOPEN => "its file cannot be opened",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "its file is locked by another program",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "its file is damaged",
        _ => $"SQLite reports error {code}",
    };
}
