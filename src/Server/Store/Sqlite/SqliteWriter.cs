using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The one writer: a thread that takes up to <see cref="MaxBatch"/> waiting writes, runs them as one transaction, and answers their callers when
/// it is on disk. So one fsync serves all waiting callers. If the transaction fails, each write gets its own transaction, so that a faulty write
/// affects no other. The connection belongs to this thread.
/// </summary>
internal sealed class SqliteWriter : IAsyncDisposable
{
    private const int MaxBatch = 256;
    private const int MaxWaiting = 4096;

    private readonly SqliteConnection connection;
    private readonly Action changed;
    private readonly TimeSpan timeout;
    private readonly Channel<Write> waiting = Channel.CreateBounded<Write>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="connection">Open, and used only by this writer from now on.</param>
    /// <param name="changed">Called on the writer's thread after each transaction that changed something; must neither block nor throw.</param>
    /// <param name="timeout">How long a caller waits.</param>
    public SqliteWriter(SqliteConnection connection, Action changed, TimeSpan timeout)
    {
        this.connection = connection;
        this.changed = changed;
        this.timeout = timeout;
        new Thread(Work) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <summary>Runs <paramref name="write"/> in the next transaction and returns its result once that is durable.</summary>
    public async Task<T> RunAsync<T>(Func<T> write, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            var item = new Write<T>(write, deadline.Token);
            await waiting.Writer.WriteAsync(item, deadline.Token);
            return await item.Done.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException("the embedded store did not write in time", exception);
        }
        catch (ChannelClosedException exception)
        {
            throw new StoreUnavailableException("the embedded store is closing", exception);
        }
    }

    /// <summary>Writes what is waiting, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        waiting.Writer.TryComplete();
        await ended.Task;
    }

    private void Work()
    {
        var batch = new List<Write>(MaxBatch);
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < MaxBatch && waiting.Reader.TryRead(out var write))
                batch.Add(write);
            if (Carry(batch))
                changed();
            batch.Clear();
        }

        ended.SetResult();
    }

    /// <summary>Writes the batch and answers all of its callers.</summary>
    /// <returns>Whether anything changed.</returns>
    private bool Carry(IReadOnlyList<Write> batch)
    {
        var before = raw.sqlite3_total_changes(connection.Handle);
        var (failure, isOfOne) = Transact(batch);
        if (isOfOne && batch.Count > 1)
        {
            // None was committed and none answered: run each again on its own.
            var changes = false;
            foreach (var write in batch)
                changes |= !write.GiveUp() && Carry([write]);
            return changes;
        }
        foreach (var write in batch)
            write.Complete(failure);
        return failure is null && raw.sqlite3_total_changes(connection.Handle) != before;
    }

    /// <summary>Writes the whole batch or nothing.</summary>
    /// <returns>
    /// Why nothing was written, or null; and whether one of the writes may be the cause. If the file cannot be written at all, none of them is.
    /// </returns>
    private (StoreUnavailableException? Failure, bool IsOfOne) Transact(IReadOnlyList<Write> batch)
    {
        var begun = false;
        try
        {
            Execute("BEGIN IMMEDIATE");
            begun = true;
            foreach (var write in batch)
                write.Run();
            Execute("COMMIT");
            return (null, false);
        }
        catch (Exception exception)
        {
            return RollBack() is { } stuck ? (stuck, false) : (SqliteErrors.Translate(exception), begun);
        }
    }

    private StoreUnavailableException? RollBack()
    {
        try
        {
            // SQLite rolls back automatically after some errors, such as a full disk.
            if (raw.sqlite3_get_autocommit(connection.Handle) == 0)
                Execute("ROLLBACK");
            return null;
        }
        catch (SqliteException exception)
        {
            return SqliteErrors.Translate(exception);
        }
    }

    private void Execute(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private abstract class Write
    {
        public abstract void Run();

        /// <returns>Whether no caller waits for it any more, so that it will not run again.</returns>
        public abstract bool GiveUp();

        public abstract void Complete(StoreUnavailableException? failure);
    }

    private sealed class Write<T>(Func<T> write, CancellationToken cancellationToken) : Write
    {
        private readonly TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private T? result;
        private bool ran;

        public Task<T> Done => done.Task;

        public override void Run()
        {
            // Not started if no caller waits for it any more.
            ran = !cancellationToken.IsCancellationRequested;
            result = ran ? write() : default;
        }

        public override bool GiveUp() => cancellationToken.IsCancellationRequested && done.TrySetCanceled(cancellationToken);

        public override void Complete(StoreUnavailableException? failure)
        {
            if (failure is not null)
                done.SetException(failure);
            else if (ran)
                done.SetResult(result!);
            else
                done.SetCanceled(cancellationToken);
        }
    }
}
