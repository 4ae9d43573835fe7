using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Cluster;

/// <summary>
/// Whether the store can be trusted now, as the follower last found. Used by every write, by heartbeats and by the health checks.
/// </summary>
internal sealed class StoreHealth(TimeProvider clock)
{
    /// <summary>The server is not ready without a successful look at all changes for this long.</summary>
    public static readonly TimeSpan ReadyAge = TimeSpan.FromSeconds(5);

    /// <summary>How long health shows a repair; the log, the audit and the metric keep it.</summary>
    private static readonly TimeSpan RollbackShown = TimeSpan.FromHours(24);

    private long lookedAt = long.MinValue;
    private long asOfTicks;
    private long rollbacks;
    private long rolledBackAt;

    /// <summary>The moment at which the last successful look at all changes began; MinValue before the first.</summary>
    public DateTimeOffset AsOf => new(Volatile.Read(ref asOfTicks), TimeSpan.Zero);

    /// <summary>The engine's settings violate a requirement; null if not.</summary>
    public StoreFault? Fault { get; set; }

    /// <summary>What it means that a write was acknowledged.</summary>
    public StoreDurability Durability { get; set; } = StoreDurability.Disk;

    /// <summary>The store answers but no longer contains this deployment: it was emptied or replaced.</summary>
    public bool IsForeign { get; set; }

    /// <summary>The number of tenants whose state the store lost and this server restored; 0 once the last repair is a day old.</summary>
    public long Rollbacks =>
        Interlocked.Read(ref rollbacks) is > 0 and var count && clock.GetElapsedTime(Volatile.Read(ref rolledBackAt)) < RollbackShown ? count : 0;

    /// <summary>Why the last commit was given up; null once a later commit was answered.</summary>
    public string? WriteFailure { get; set; }

    /// <summary>Why nothing may be written now, in text for a person; null if writing is allowed.</summary>
    public string? WriteBlock => this switch
    {
        { IsForeign: true } => "the store was emptied or belongs to another deployment; restore its data",
        { Fault: { Tolerated: false } fault } => $"{fault.Reason}: {fault.Text}",
        _ => null,
    };

    /// <summary>Whether all changes have been read at least once.</summary>
    public bool HasLooked => Volatile.Read(ref lookedAt) != long.MinValue;

    public bool IsFresh
    {
        get
        {
            var at = Volatile.Read(ref lookedAt);
            return at != long.MinValue && clock.GetElapsedTime(at) < ReadyAge;
        }
    }

    public void Looked(DateTimeOffset began, long beganTimestamp)
    {
        Volatile.Write(ref asOfTicks, began.UtcTicks);
        Volatile.Write(ref lookedAt, beganTimestamp);
    }

    public void RolledBack()
    {
        Volatile.Write(ref rolledBackAt, clock.GetTimestamp());
        Interlocked.Increment(ref rollbacks);
    }
}
