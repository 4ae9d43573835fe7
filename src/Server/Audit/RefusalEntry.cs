using GrpcCreds.Server.Encryption;

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

/// <summary>Who was refused what.</summary>
/// <param name="Caller">His name; null if nobody known called.</param>
/// <param name="From">His address, without the port.</param>
/// <param name="Method">The call's name in the contract.</param>
/// <param name="Outcome">The published reason.</param>
/// <param name="Tenant">The tenant it named, if there is one of that name.</param>
internal sealed record RefusedCall(string? Caller, string From, string Method, string Outcome, TenantId? Tenant);

/// <summary>Refused calls that are alike; <paramref name="Call"/> is null for what was too manifold to be told apart.</summary>
internal sealed record CountedRefusal(RefusedCall? Call, long Count, DateTimeOffset First, DateTimeOffset Last);
