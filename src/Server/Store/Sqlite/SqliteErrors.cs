using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>Translates errors of SQLite for the callers of the store.</summary>
internal static class SqliteErrors
{
    /// <summary>Turns any failure into one that the store's callers know.</summary>
    public static StoreUnavailableException Translate(Exception exception) => exception switch
    {
        StoreUnavailableException known => known,
        SqliteException error => new($"the embedded store failed: {Meaning(error.SqliteErrorCode)}", error),
        TimeoutException => new("the embedded store did not answer in time", exception),
        ObjectDisposedException => new("the embedded store is closing", exception),
        _ when IsDamage(exception) => new StoreDamagedException("the data in the embedded store cannot be read", exception),
        _ => new($"the embedded store failed: {exception.GetType().Name}", exception),
    };

    /// <summary>Whether the exception results from reading a value of a wrong type, form or range.</summary>
    public static bool IsDamage(Exception exception) => exception
        is InvalidCastException or FormatException or OverflowException or ArgumentException
        or InvalidOperationException and not ObjectDisposedException;

    public static string Meaning(int code) => code switch
    {
        raw.SQLITE_FULL => "its disk is full",
        raw.SQLITE_READONLY => "its file is not writable",
        raw.SQLITE_IOERR => "its disk reports an error",
        raw.SQLITE_CANTOPEN => "its file cannot be opened",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => "its file is locked by another program",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => "its file is damaged",
        _ => $"SQLite reports error {code}",
    };
}
