using System.Text.Json;
using System.Text.Json.Serialization;
using GrpcCreds.Server.Encryption;

namespace GrpcCreds.Server.Audit;

/// <summary>Who asked, from where, by which call and why; never what with.</summary>
/// <param name="Caller">The caller's identity, or "service" for what the service does by itself.</param>
/// <param name="From">The caller's address.</param>
/// <param name="Method">The call's name in the contract, or what the service did by itself (EXPIRED, ROLLED_BACK).</param>
/// <param name="Reason">What the caller gave as reason.</param>
internal sealed record Origin(string Caller, string? From, string Method, string? Reason)
{
    /// <summary>Something the service does by itself.</summary>
    public static Origin Service(string method) => new("service", null, method, null);
}

/// <summary>
/// The entry of a write, part of the commit it tells of: no write without its entry, no entry without its write.
/// </summary>
/// <param name="Rev">The commit.</param>
/// <param name="Time">When, by this server's clock.</param>
/// <param name="Outcome">What the write did.</param>
/// <param name="Fingerprint">HMAC of the credential the write left in question, 16 hex digits: comparable, not reversible.</param>
internal sealed record AuditEntry(
    TenantId Tenant, long Rev, long Revision, DateTimeOffset Time, Origin Origin, Guid RequestId, string Outcome, string? Fingerprint)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new TenantIdJsonConverter() },
    };

    /// <summary>The entry as the store keeps it; it opens only for this tenant and rev.</summary>
    public byte[] Seal(Sealer sealer) => sealer.Seal(Purpose(Tenant, Rev), JsonSerializer.SerializeToUtf8Bytes(this, Json));

    /// <summary>Opens a stored entry, or returns null if it is not the one that was written.</summary>
    public static AuditEntry? Open(Sealer sealer, TenantId tenant, long rev, ReadOnlySpan<byte> sealedBytes) =>
        sealer.Open(Purpose(tenant, rev), sealedBytes) is { } bytes ? JsonSerializer.Deserialize<AuditEntry>(bytes, Json) : null;

    private static SealedFor Purpose(TenantId tenant, long rev) => new("audit", tenant.ToString(), rev);
}
