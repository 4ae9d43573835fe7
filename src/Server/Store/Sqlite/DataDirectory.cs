namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The directory of an embedded store, held by one process. The lock is the operating system's, on an open file, so it ends with the process,
/// however the process ends.
/// </summary>
/// <remarks>
/// <code>
/// &lt;DataDirectory&gt;/          0700 if created here; an existing directory keeps its mode
///   lock                    0600, empty, locked while a process uses the directory
///   store.db                0600, SQLite; store.db-wal and store.db-shm get its mode from SQLite
/// </code>
/// </remarks>
internal sealed class DataDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    // The error when another process holds the file open: EWOULDBLOCK on Linux and macOS, ERROR_SHARING_VIOLATION.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    private readonly FileStream held;

    private DataDirectory(string path, FileStream held)
    {
        Database = Path.Combine(path, "store.db");
        this.held = held;
    }

    /// <summary>The database file; it exists with the right mode even if nothing was ever written to it.</summary>
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
                $"the data directory {path} is in use by another process; stop that process, or give this one its own Store:DataDirectory",
                exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreRefusedException(
                StoreReason.NotWritable,
                $"the data directory {path} cannot be written ({exception.Message}); make it writable for the service's user, free space on " +
                "its disk, or set Store:DataDirectory to another directory",
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
