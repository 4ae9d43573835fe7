using System.Globalization;
using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>The open file: its directory's lock, the writer with its connection, and the pool of readers.</summary>
internal sealed class SqliteFile : IAsyncDisposable
{
    private readonly DataDirectory directory;
    private readonly SqliteConnection writing;
    private readonly SqliteCommit commits;
    private readonly SqliteWriter writer;
    private readonly string reading;
    private readonly TimeSpan timeout;
    private volatile bool closed;

    private SqliteFile(DataDirectory directory, SqliteConnection writing, StoreOptions settings, Action changed)
    {
        this.directory = directory;
        this.writing = writing;
        timeout = settings.CommandTimeout;
        reading = Connection(directory.Database, SqliteOpenMode.ReadOnly, settings);
        commits = new SqliteCommit(writing, settings.AuditEntriesPerTenant);
        writer = new SqliteWriter(writing, changed, timeout);
    }

    public static SqliteFile Open(StoreOptions settings, Action changed)
    {
        var directory = DataDirectory.Open(settings.DataDirectory);
        var writing = new SqliteConnection(Connection(directory.Database, SqliteOpenMode.ReadWrite, settings));
        try
        {
            writing.Open();
            // WAL is stored in the file; the other settings belong to the connection. FULL: an fsync of the WAL in every commit.
            Pragma(writing, "journal_mode = WAL");
            Pragma(writing, "synchronous = FULL");
            Pragma(writing, $"busy_timeout = {(long)settings.CommandTimeout.TotalMilliseconds}");
            SqliteSchema.Ensure(writing);
            return new SqliteFile(directory, writing, settings, changed);
        }
        catch (Exception exception)
        {
            writing.Dispose();
            directory.Dispose();
            if (exception is not SqliteException error)
                throw;
            throw new StoreRefusedException(
                StoreReason.NotWritable,
                $"{directory.Database} cannot be used: {SqliteErrors.Meaning(error.SqliteErrorCode)}; fix that, or set Store:DataDirectory to another one",
                error);
        }
    }

    public Task<CommitOutcome> CommitAsync(Commit commit, int partition, CancellationToken cancellationToken) =>
        writer.RunAsync(() => commits.Apply(commit, partition), cancellationToken);

    public Task<T> WriteAsync<T>(Func<SqliteConnection, T> write, CancellationToken cancellationToken) =>
        writer.RunAsync(() => write(writing), cancellationToken);

    /// <summary>Reads on a separate connection; all data is from one moment.</summary>
    public async Task<T> ReadAsync<T>(Func<SqliteConnection, T> read, CancellationToken cancellationToken)
    {
        try
        {
            ObjectDisposedException.ThrowIf(closed, this);
            return await Task.Run(() => Read(read), cancellationToken).WaitAsync(timeout, cancellationToken);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or StoreRefusedException))
        {
            throw SqliteErrors.Translate(exception);
        }
    }

    /// <summary>Checks that the settings still make an answer durable, and that the file still exists.</summary>
    public async Task<StoreFault?> CheckAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(directory.Database))
        {
            return new StoreFault(
                StoreReason.Unsafe, $"{directory.Database} was removed while the service was running; restore it and restart the service", false);
        }
        var (journal, synchronous) = await WriteAsync(on => (Pragma(on, "journal_mode"), Pragma(on, "synchronous")), cancellationToken);
        return (journal, synchronous) is ("wal", "2")
            ? null
            : new StoreFault(StoreReason.Unsafe, $"{directory.Database} is not in WAL mode with synchronous=FULL; restart the service", false);
    }

    public async ValueTask DisposeAsync()
    {
        closed = true;
        await writer.DisposeAsync();
        commits.Dispose();
        await writing.DisposeAsync();
        using (var pooled = new SqliteConnection(reading))
            SqliteConnection.ClearPool(pooled);
        directory.Dispose();
    }

    private T Read<T>(Func<SqliteConnection, T> read)
    {
        using var connection = new SqliteConnection(reading);
        connection.Open();
        using var moment = connection.BeginTransaction(deferred: true);
        return read(connection);
    }

    private static string Connection(string database, SqliteOpenMode mode, StoreOptions settings) => new SqliteConnectionStringBuilder
    {
        DataSource = database,
        Mode = mode,
        Pooling = mode is SqliteOpenMode.ReadOnly,
        DefaultTimeout = Math.Max(1, (int)settings.CommandTimeout.TotalSeconds),
    }.ToString();

    private static string Pragma(SqliteConnection connection, string pragma)
    {
        using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA {pragma}";
        return Convert.ToString(command.ExecuteScalar(), CultureInfo.InvariantCulture) ?? "";
    }
}
