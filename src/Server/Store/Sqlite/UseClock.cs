using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The embedded store's own clock, by which entries about nodes age: it goes on while the store is in use, from where the newest entry left it. So
/// neither a jump of the machine's clock nor a long stop makes anything old.
/// </summary>
internal sealed class UseClock(TimeProvider monotonic)
{
    private (DateTimeOffset Time, long Timestamp)? start;

    /// <summary>For how long this process has used the store.</summary>
    public TimeSpan Used => start is { } began ? monotonic.GetElapsedTime(began.Timestamp) : TimeSpan.Zero;

    /// <summary>Called by the one writer only.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="now">Where the clock of a store without entries begins.</param>
    public DateTimeOffset Now(SqliteConnection connection, DateTimeOffset now)
    {
        start ??= (LastUse(connection, now) ?? now, monotonic.GetTimestamp());
        return start.Value.Time + Used;
    }

    // What lies years ahead is damage; it must not make all the others old.
    private static DateTimeOffset? LastUse(SqliteConnection connection, DateTimeOffset now)
    {
        using var newest = new SqliteStatement(connection, "SELECT max(version) FROM node WHERE version < $1");
        return newest.Number(StoredNode.Version(now.AddYears(1))) is > 0 and var version ? StoredNode.TimeOf(version) : null;
    }
}
