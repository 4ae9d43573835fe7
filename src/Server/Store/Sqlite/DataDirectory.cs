namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The directory of an embedded store, held by one process. The lock is the operating system's, on an open file, so that it ends with
/// the process however that ends.
/// </summary>
/// <remarks>
/// <code>
/// &lt;DataDirectory&gt;/          0700 where we make it; one that is there keeps its mode
///   lock                    0600, empty, locked while a process uses the directory
///   store.db                0600, SQLite; store.db-wal and store.db-shm get its mode from SQLite
/// </code>
/// </remarks>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // What an open file of another process yields: EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream held;

    private DataDirectory(string path, FileStream held)
    {
        Database = Path.Combine(path, "store.db");
        this.held = held;
    }

    /// <summary>The database file; it is there, with the right mode, even if nothing was ever written to it.</summary>
    public string Database { get; }

    public static DataDirectory Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(path);
            else
                Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
            var directory = new DataDirectory(path, OpenOwnerOnly(Path.Combine(path, "lock"), FileShare.None));
            OpenOwnerOnly(directory.Database, FileShare.ReadWrite).Dispose();
            return directory;
        }
        catch (IOException exception) when (InUse.Contains(exception.HResult))
        {
            throw new StoreRefusedException(
                StoreReason.InUse,
                $"the data directory {path} is in use by another process; stop that one, or give this one its own Store:DataDirectory",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException(
                StoreReason.NotWritable,
                $"the data directory {path} cannot be written ({exception.Message}); make it writable for the service's user, make room on " +
                "its disk, or set Store:DataDirectory to another one",
                exception);
        }
    }

    public void Dispose() => held.Dispose();

    private static FileStream OpenOwnerOnly(string path, FileShare share)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return new FileStream(path, options);
    }
}
