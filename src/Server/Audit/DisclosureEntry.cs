using GrpcCreds.Server.Keys;

namespace GrpcCreds.Server.Audit;

/// <summary>Which callers are sent a revision of a tenant that holds a secret; durable before the first of them is.</summary>
/// <param name="Tenant">Whose credential.</param>
/// <param name="Id">Drawn by the server, so that the entry can be sent to the store again.</param>
/// <param name="Revision">What is sent.</param>
/// <param name="Time">When, by this server's clock.</param>
/// <param name="Recipients">Each caller once.</param>
/// <param name="Repeats">How often this server, since its last entry of the tenant, sent something to callers for which it was recorded already.</param>
internal sealed record DisclosureEntry(TenantId Tenant, Guid Id, long Revision, DateTimeOffset Time, IReadOnlyList<Recipient> Recipients, long Repeats)
{
    public byte[] Seal(Sealer sealer) => sealer.SealForAudit(Purpose(Tenant, Id), AuditJson.Write(this));

    /// <summary>Opens a stored entry, or returns null if it is not the one that was written.</summary>
    public static DisclosureEntry? Open(Sealer sealer, TenantId tenant, Guid id, ReadOnlySpan<byte> sealedBytes) =>
        sealer.Open(Purpose(tenant, id), sealedBytes) is { } bytes ? AuditJson.Read<DisclosureEntry>(bytes) : null;

    private static SealedFor Purpose(TenantId tenant, Guid id) => new("disclosure", $"{tenant} {id:D}", 0);
}
