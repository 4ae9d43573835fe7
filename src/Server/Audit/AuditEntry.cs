using System.Text.Json.Serialization;
using GrpcCreds.Server.Keys;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// The entry of a write, part of the commit it tells of: no write without its entry, no entry without its write. A tenant's entries are a
/// chain: each holds the hash of the one before it, and the tenant's record the hash of the newest (<see cref="AuditChain"/>).
/// </summary>
internal sealed record AuditEntry
{
    public required TenantId Tenant { get; init; }

    /// <summary>The commit.</summary>
    public required long Rev { get; init; }

    public required long Revision { get; init; }

    /// <summary>When, by this server's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    public required Origin Origin { get; init; }

    public required Guid RequestId { get; init; }

    /// <summary>What the write did.</summary>
    public required string Outcome { get; init; }

    /// <summary>HMAC of the credential the write left in question, 16 hex digits: comparable, not reversible.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The entry before it in the chain.</summary>
    public required ChainLink Previous { get; init; }

    /// <summary>
    /// Only of a commit that brought back what the store had lost: the end of the chain in the store, which this entry really stands behind; null
    /// if the store had no record left that opens.
    /// </summary>
    public ChainLink? Found { get; init; }

    /// <summary>How many entries of the tenant were kept when this one was written, itself among them.</summary>
    public required int Kept { get; init; }

    /// <summary>This entry's place in the chain, known once it was sealed or opened.</summary>
    [JsonIgnore]
    public ChainLink Link { get; private init; } = ChainLink.Start;

    [JsonIgnore]
    public bool IsHeal => Origin.Method == Origin.RolledBack;

    /// <summary>The entry as the store keeps it; it opens only for this tenant and rev.</summary>
    public (AuditEntry Linked, byte[] Bytes) Seal(Sealer sealer)
    {
        var bytes = AuditJson.Write(this);
        return (Linked(sealer, bytes), sealer.SealForAudit(Purpose(Tenant, Rev), bytes));
    }

    /// <summary>Opens a stored entry, or returns null if it is not the one that was written.</summary>
    public static AuditEntry? Open(Sealer sealer, TenantId tenant, long rev, ReadOnlySpan<byte> sealedBytes) =>
        sealer.Open(Purpose(tenant, rev), sealedBytes) is { } bytes ? AuditJson.Read<AuditEntry>(bytes)?.Linked(sealer, bytes) : null;

    // Over the bytes as they were written: a version that knows fewer fields comes to the same hash.
    private AuditEntry Linked(Sealer sealer, byte[] bytes) =>
        this with { Link = new(Previous.Number + 1, Convert.ToHexStringLower(sealer.Keys.Fingerprint([.. "audit chain\0"u8, .. bytes]))) };

    private static SealedFor Purpose(TenantId tenant, long rev) => new("audit", tenant.ToString(), rev);
}
