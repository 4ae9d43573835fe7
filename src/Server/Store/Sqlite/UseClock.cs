using Microsoft.Data.Sqlite;

namespace GrpcCreds.Server.Store.Sqlite;

/// <summary>
/// The embedded store's own clock, which measures the age of entries about nodes: it runs while the store is in use, and continues from the newest
/// entry. So neither a jump of the machine's clock nor a long downtime makes entries old.
/// </summary>
internal sealed class UseClock(TimeProvider monotonic)
{
    private (DateTimeOffset Time, long Timestamp)? start;

    /// <summary>How long this process has used the store.</summary>
    public TimeSpan Used => start is { } began ? monotonic.GetElapsedTime(began.Timestamp) : TimeSpan.Zero;

    /// <summary>Called only by the one writer.</summary>
    /// <param name="connection">The store.</param>
    /// <param name="now">The initial time for a store without entries.</param>
    public DateTimeOffset Now(SqliteConnection connection, DateTimeOffset now)
    {
        start ??= (LastUse(connection, now) ?? now, monotonic.GetTimestamp());
        return start.Value.Time + Used;
    }

    // A time years ahead is damage; it must not make all other entries old.
    private static DateTimeOffset? LastUse(SqliteConnection connection, DateTimeOffset now)
    {
        using var newest = new SqliteStatement(connection, "SELECT max(version) FROM node WHERE version < $1");
        return newest.Number(StoredNode.Version(now.AddYears(1))) is > 0 and var version ? StoredNode.TimeOf(version) : null;
    }
}
