using System.Globalization;

namespace GrpcCreds.Server.Store;

/// <summary>What a store says of itself. <paramref name="KeyChecks"/>: key id to a value that only the right key yields.</summary>
internal sealed record StoreMeta(string DeploymentId, int FormatVersion, int Partitions, IReadOnlyDictionary<string, string> KeyChecks)
{
    /// <summary>The keys that seal or have sealed, newest first: the first is the active one. An id never leaves, and so never comes back.</summary>
    public IReadOnlyList<string> Sealing { get; init; } = [];
}

/// <summary>A tenant's record as the store holds it: sealed, with the key that sealed it and the commit counter it belongs to.</summary>
internal sealed record StoredRecord(long Rev, string KeyId, ReadOnlyMemory<byte> Sealed);

/// <summary>
/// What the store has of a tenant. A tenant that stands in the change index, or has entries of writes, and has no record has lost it: that is damage,
/// never "not configured".
/// </summary>
internal sealed record StoredTenant(TenantId Tenant, StoredRecord? Record, bool InIndex)
{
    public bool IsLost => Record is null && InIndex;
}

/// <summary>One atomic write of a tenant.</summary>
internal sealed record Commit
{
    public required TenantId Tenant { get; init; }

    /// <summary>The id under which this commit is applied at most once: a client's request id, or one drawn by the server.</summary>
    public required RequestEntry Request { get; init; }

    /// <summary>The rev of the record this commit was decided on; 0 if there was none. Another one in the store is a conflict.</summary>
    public required long ReadRev { get; init; }

    public required StoredRecord Record { get; init; }

    /// <summary>When the tenant needs attention next, or null if never.</summary>
    public required DateTimeOffset? Due { get; init; }

    /// <summary>The audit entry, sealed.</summary>
    public required ReadOnlyMemory<byte> Audit { get; init; }

    /// <summary>An earlier request whose result this commit sets, if it is still remembered.</summary>
    public RequestResult? Ends { get; init; }

    /// <summary>The newest seq this server has seen in the tenant's partition; a store that is behind it has lost commits.</summary>
    public required long SeqSeen { get; init; }
}

/// <summary>
/// A remembered request. <paramref name="Fingerprint"/> is a keyed hash of method, caller and content. Kept to the millisecond; forgotten,
/// oldest commit first, by a commit of the tenant that is <see cref="MaxAge"/> younger, or the <see cref="MaxPerTenant"/>th after it.
/// </summary>
internal sealed record RequestEntry(Guid Id, DateTimeOffset Time, ReadOnlyMemory<byte> Fingerprint, long Rev, string Result)
{
    public const int MaxPerTenant = 256;

    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(24);

    /// <summary>That the request came is known, and nothing else of it can be read: it must be neither applied again nor called applied.</summary>
    public bool IsDamaged { get; private init; }

    public static RequestEntry Damaged(Guid id) => new(id, default, default, 0, "") { IsDamaged = true };
}

/// <summary>The result of a request that was remembered before it was known.</summary>
internal sealed record RequestResult(Guid Id, string Result);

/// <summary>How a commit ended.</summary>
internal abstract record CommitOutcome
{
    private CommitOutcome()
    {
    }

    /// <summary>It is durable.</summary>
    public sealed record Committed(long Seq) : CommitOutcome;

    /// <summary>The request id was used before; nothing was written now.</summary>
    public sealed record Known(RequestEntry Request) : CommitOutcome;

    /// <summary>The record has another rev than the one that was read; nothing was written.</summary>
    public sealed record Conflict : CommitOutcome;

    /// <summary>The store's counter is below what this server has seen: it lost commits; nothing was written.</summary>
    public sealed record Behind(long Seq) : CommitOutcome;
}

/// <summary>
/// What changed in a partition. <paramref name="DeploymentId"/> is null if the store no longer knows whose it is. <paramref name="Seq"/>
/// is the partition's counter: all commits up to it are in <paramref name="Tenants"/> or were before the seq asked for.
/// </summary>
internal sealed record Changes(string? DeploymentId, long Seq, IReadOnlyList<Change> Tenants)
{
    /// <summary>A counter beyond this was not counted up to: it is damage. So far, numbers are exact in every engine.</summary>
    public const long MaxSeq = (1L << 53) - 1;

    /// <summary>A place in the index beyond this says nothing about how far the counter is. Lower, so that counting goes on above any that does.</summary>
    public const long MaxPlace = 1L << 52;
}

/// <summary>A tenant's newest commit.</summary>
internal readonly record struct Change(TenantId Tenant, long Seq);

/// <summary>
/// An audit entry of a write as the store holds it; the rev is the one of the commit it came with, as long as nobody has touched it.
/// </summary>
internal sealed record AuditBytes(AuditPosition Position, long Rev, ReadOnlyMemory<byte> Sealed);

/// <summary>Audit entries that belong to no commit: what one tenant's callers were sent, or (no tenant) which calls were refused.</summary>
internal readonly record struct AuditJournal(TenantId? Tenant)
{
    public static readonly AuditJournal Refusals = new(null);

    public static AuditJournal Disclosures(TenantId tenant) => new(tenant);
}

/// <summary>An entry of a journal as the store holds it; the id is empty if somebody has damaged it.</summary>
internal sealed record JournalBytes(AuditPosition Position, Guid Id, ReadOnlyMemory<byte> Sealed);

/// <summary>Where in its list an audit entry stands: two numbers of which the engine knows the meaning, the newer entry's higher.</summary>
internal readonly record struct AuditPosition(long Major, long Minor)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}-{Minor}");

    public static bool TryParse(string text, out AuditPosition position)
    {
        var parts = text.Split('-');
        var minor = 0L;
        var parsed = long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            && (parts.Length == 1 || (parts.Length == 2 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out minor)));
        position = new(major, minor);
        return parsed;
    }
}

/// <summary>Why nothing may be written into the store now, in words for a person; null if writing is allowed.</summary>
internal delegate string? WriteObstacle();

/// <summary>
/// A small entry that belongs to no tenant and by which servers take turns; see <see cref="GuardWrite"/>.
/// </summary>
internal sealed record StoredGuard(long Version, ReadOnlyMemory<byte> Sealed);

/// <summary>One write of a guard entry, which goes by itself when its lifetime is over.</summary>
internal sealed record GuardWrite
{
    /// <summary>Which entry; says nothing to who reads the store.</summary>
    public required string Key { get; init; }

    /// <summary>The version this write was decided on; 0 if there was none.</summary>
    public required long ReadVersion { get; init; }

    /// <summary>Higher than <see cref="ReadVersion"/>, and never used before, not even by an entry whose time is over.</summary>
    public required long Version { get; init; }

    public required ReadOnlyMemory<byte> Sealed { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required TimeSpan Lifetime { get; init; }
}

/// <summary>What one server knows of one node of a tenant, under a key that only this server sets. The store does not look into the value.</summary>
internal readonly record struct StoredNode(string Key, string Value)
{
    /// <summary>Longer than a node that is not heard of counts for anything.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(25);

    /// <summary>A version beyond this is damage, and no reader has come so far: what has it comes with every read.</summary>
    public const long MaxVersion = 1L << 53;

    /// <summary>The version of what is set at a time of the store's clock: µs since 1970. The store makes it grow in any case.</summary>
    public static long Version(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset TimeOf(long version) => DateTimeOffset.UnixEpoch.AddTicks(version * TimeSpan.TicksPerMicrosecond);
}

/// <summary>Entries about nodes, and the version up to which they are known now. <paramref name="IsAll"/>: not only what changed.</summary>
internal sealed record NodeChanges(long Version, bool IsAll, IReadOnlyList<StoredNode> Nodes);

/// <summary>A server's sign of life: when, by its own clock, and what it says of itself (no line breaks).</summary>
internal readonly record struct ServerBeat(string Server, DateTimeOffset Time, string About)
{
    /// <summary>The same moment by the store's clock. Set by the store; where it has no clock of its own, this is <see cref="Time"/>.</summary>
    public DateTimeOffset StoreTime { get; init; }
}

/// <summary>
/// What is wrong with the engine, in one sentence that says how to mend it. <paramref name="Tolerated"/>: the operator said
/// AllowWeakDurability, so it is only shown.
/// </summary>
internal sealed record StoreFault(string Reason, string Text, bool Tolerated);

/// <summary>The engine does not answer, or cannot write now. What was sent may have been applied.</summary>
internal class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the store has cannot be read, or what is written has no place: asking again is of no use before somebody has mended it.</summary>
internal sealed class StoreDamagedException(string message, Exception? inner = null) : StoreUnavailableException(message, inner);

/// <summary>The engine must not be used as it is set up; the text says what to change.</summary>
internal sealed class StoreRefusedException(string reason, string message, Exception? inner = null) : Exception($"{reason}: {message}", inner)
{
    /// <summary>One of <see cref="StoreReason"/>.</summary>
    public string Reason { get; } = reason;
}

/// <summary>Why a store is refused, as health and the start-up error say it.</summary>
internal static class StoreReason
{
    /// <summary>A setting of the engine would lose or change what was acknowledged.</summary>
    public const string Unsafe = "STORE_UNSAFE";

    /// <summary>Replicas, a replica or a cluster: needs confirmations that are not built yet.</summary>
    public const string TopologyUnsupported = "STORE_TOPOLOGY_UNSUPPORTED";

    /// <summary>Another process has the data directory.</summary>
    public const string InUse = "STORE_IN_USE";

    /// <summary>The data directory cannot be made or written.</summary>
    public const string NotWritable = "STORE_NOT_WRITABLE";

    /// <summary>The engine did not answer when the service started.</summary>
    public const string Unreachable = "STORE_UNREACHABLE";

    /// <summary>What is there was not written by this service, or by a newer one.</summary>
    public const string Foreign = "STORE_FOREIGN";

    /// <summary>A setting of the service that says where the store is cannot be read.</summary>
    public const string Misconfigured = "STORE_MISCONFIGURED";
}
