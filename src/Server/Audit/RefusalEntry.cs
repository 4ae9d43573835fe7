using GrpcCreds.Server.Keys;

namespace GrpcCreds.Server.Audit;

/// <summary>Calls that were refused, gathered for a second or more.</summary>
/// <param name="Id">Drawn by the server, so that the entry can be sent to the store again.</param>
/// <param name="Refusals">Those that are alike once.</param>
internal sealed record RefusalEntry(Guid Id, IReadOnlyList<CountedRefusal> Refusals)
{
    public byte[] Seal(Sealer sealer) => sealer.SealForAudit(Purpose(Id), AuditJson.Write(this));

    /// <summary>Opens a stored entry, or returns null if it is not the one that was written.</summary>
    public static RefusalEntry? Open(Sealer sealer, Guid id, ReadOnlySpan<byte> sealedBytes) =>
        sealer.Open(Purpose(id), sealedBytes) is { } bytes ? AuditJson.Read<RefusalEntry>(bytes) : null;

    private static SealedFor Purpose(Guid id) => new("refusal", id.ToString("D"), 0);
}
