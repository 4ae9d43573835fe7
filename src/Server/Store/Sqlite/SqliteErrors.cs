using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>What an error of SQLite means to the callers of the store.</summary>
internal static class SqliteErrors
{
    public static Exception Translate(Exception exception) =>
        exception is SqliteException error
            ? new StoreUnavailableException($"the embedded store failed: {Meaning(error.SqliteErrorCode)}", error)
            : exception;

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
