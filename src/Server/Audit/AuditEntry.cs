using System.Text.Json.Serialization;
using GrpcCreds.Server.Keys;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// The entry of a write, part of the commit it describes: no write without its entry, no entry without its write. A tenant's entries form a
/// chain: each holds the hash of the previous one, and the tenant's record holds the hash of the newest (<see cref="AuditChain"/>).
/// </summary>
internal sealed record AuditEntry
{
    public required TenantId Tenant { get; init; }

    /// <summary>The commit's rev.</summary>
    public required long Rev { get; init; }

    public required long Revision { get; init; }

    /// <summary>The time, by this server's clock.</summary>
    public required DateTimeOffset Time { get; init; }

    public required Origin Origin { get; init; }

    public required Guid RequestId { get; init; }

    /// <summary>What the write did.</summary>
    public required string Outcome { get; init; }

    /// <summary>HMAC of the credential concerned, after the write, 16 hex digits: comparable, not reversible.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>The previous entry in the chain.</summary>
    public required ChainLink Previous { get; init; }

    /// <summary>
    /// Only in a commit that restored what the store had lost: the end of the chain in the store, which this entry actually follows; null if the
    /// store had no record left that opens.
    /// </summary>
    public ChainLink? Found { get; init; }

    /// <summary>How many entries of the tenant were kept when this one was written, including itself.</summary>
    public required int Kept { get; init; }

    /// <summary>This entry's place in the chain, known once the entry was sealed or opened.</summary>
    [JsonIgnore]
    public ChainLink Link { get; private init; } = ChainLink.Start;

    [JsonIgnore]
    public bool IsHeal => Origin.Method == Origin.RolledBack;

    /// <summary>The entry in its stored form; it opens only for this tenant and rev.</summary>
    public (AuditEntry Linked, byte[] Bytes) Seal(Sealer sealer)
    {
        var bytes = AuditJson.Write(this);
        return (Linked(sealer, bytes), sealer.SealForAudit(Purpose(Tenant, Rev), bytes));
    }

    /// <summary>Opens a stored entry, or returns null if it is not the one that was written.</summary>
    public static AuditEntry? Open(Sealer sealer, TenantId tenant, long rev, ReadOnlySpan<byte> sealedBytes) =>
        sealer.Open(Purpose(tenant, rev), sealedBytes) is { } bytes ? AuditJson.Read<AuditEntry>(bytes)?.Linked(sealer, bytes) : null;

    // Computed over the bytes as written: a version that knows fewer fields gets the same hash.
    private AuditEntry Linked(Sealer sealer, byte[] bytes) =>
        this with { Link = new(Previous.Number + 1, Convert.ToHexStringLower(sealer.Keys.Fingerprint([.. "audit chain\0"u8, .. bytes]))) };

    private static SealedFor Purpose(TenantId tenant, long rev) => new("audit", tenant.ToString(), rev);
}
