using System.ComponentModel.DataAnnotations;

namespace GrpcCreds.Server.Store;

/// <summary>Settings of the store, section <c>Store</c>. Which engine is used follows from <c>ConnectionStrings:Redis</c>.</summary>
internal sealed class StoreOptions
{
    public const string Section = "Store";

    /// <summary>The directory of the embedded store's files. Created with mode 0700; used by one process at a time.</summary>
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>
    /// The durability that is expected of the store: <c>disk</c>, <c>replicas</c>, <c>log</c> or <c>provider</c>. The service refuses a store that gives
    /// less. Without it, <c>disk</c> or <c>replicas</c> is used as found; the other two must be set.
    /// </summary>
    [RegularExpression("disk|replicas|log|provider", ErrorMessage = "disk, replicas, log or provider")]
    public string? Durability { get; set; }

    /// <summary><see cref="Durability"/> as a class; null if it is not set.</summary>
    public DurabilityClass? Expected => Enum.TryParse<DurabilityClass>(Durability, ignoreCase: true, out var expected) ? expected : null;

    /// <summary>
    /// How many replicas must confirm a write: <c>all</c> that can be promoted, as Sentinel or the Cluster reports them; or how many there are of each
    /// primary, 1 to 100, of which a missing one counts: then nothing is written while one is away.
    /// </summary>
    [RegularExpression("all|[1-9][0-9]?|100", ErrorMessage = "all or a number of 1 to 100")]
    public string Replicas { get; set; } = "all";

    /// <summary>The number in <see cref="Replicas"/>; null for <c>all</c>.</summary>
    public int? ReplicaCount => int.TryParse(Replicas, out var count) ? count : null;

    /// <summary>Change indexes of a new store, 1 to 1,024; fixed when the store is first used. More than one only helps a Redis Cluster.</summary>
    [Range(1, 1024)]
    public int Partitions { get; set; } = 1;

    /// <summary>Use a Redis that would break a guarantee (fsync policy, replicas, eviction); shown in health and in every status.</summary>
    public bool AllowWeakDurability { get; set; }

    /// <summary>
    /// Restore records whose revision is more than 24 h ahead of this server's clock under a current revision; read docs/operations/failures.md before
    /// setting it.
    /// </summary>
    public bool BringRevisionsBack { get; set; }

    /// <summary>Audit entries kept per tenant, 10 to 100,000: this many for writes, and this many for what was sent to nodes.</summary>
    [Range(10, 100_000)]
    public int AuditEntriesPerTenant { get; set; } = 1000;

    /// <summary>Entries kept of refused calls, across all callers.</summary>
    public const int Refusals = 1000;

    /// <summary>How many entries of a journal are kept.</summary>
    public int EntriesOf(AuditJournal journal) => journal.Tenant is null ? Refusals : AuditEntriesPerTenant;

    /// <summary>How long one command to the store may take, 100 ms to 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:30", ErrorMessage = "a time of 100 ms to 30 s, as in 00:00:02")]
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(2);
}
