using System.Security.Cryptography;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Tests.Audit;

/// <summary>
/// A tenant's entries as a store keeps them, newest first, with the bound of each moment; and the store going back to what it was, with the servers
/// mending it.
/// </summary>
internal sealed class ChainWorld
{
    public static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly List<(List<AuditBytes> Entries, ChainLink Head)> past = [];
    private long rev = 1000;

    public ChainWorld() => Sealer.Unlock(
        "deployment",
        new KeyRing(new Dictionary<string, byte[]> { ["main"] = RandomNumberGenerator.GetBytes(32) }, "main", RandomNumberGenerator.GetBytes(32)));

    public Sealer Sealer { get; } = new();

    /// <summary>Newest first.</summary>
    public List<AuditBytes> Stored { get; private set; } = [];

    /// <summary>As the tenant's record has it.</summary>
    public ChainLink Head { get; private set; } = ChainLink.Start;

    public void Write(int kept) => Add(Head, null, "SetPasswordCredential", kept);

    /// <summary>The store goes back by some commits, perhaps without the record, and a server that holds the newest state mends it.</summary>
    public void RollBack(int commits, int kept, bool recordIsLost = false)
    {
        var newest = Head;
        var (entries, found) = past[^Math.Min(commits, past.Count)];
        (Stored, Head) = ([.. entries], found);
        Add(newest, recordIsLost ? null : found, Origin.RolledBack, kept);
    }

    public ChainFinding Verify(IReadOnlyList<AuditBytes>? stored = null, TenantId? tenant = null)
    {
        var chain = new AuditChain(Sealer, tenant ?? Acme);
        foreach (var entry in stored ?? Stored)
            chain.Take(entry);
        return chain.Finish(Head);
    }

    public AuditEntry Open(AuditBytes stored) => AuditEntry.Open(Sealer, Acme, stored.Rev, stored.Sealed.Span)!;

    private void Add(ChainLink previous, ChainLink? found, string method, int kept)
    {
        past.Add(([.. Stored], Head));
        var (entry, bytes) = new AuditEntry
        {
            Tenant = Acme,
            Rev = ++rev,
            Revision = rev,
            Time = DateTimeOffset.UnixEpoch.AddSeconds(rev),
            Origin = new("ann", "ipv4:10.0.0.1:4711", method, "why"),
            RequestId = Guid.NewGuid(),
            Outcome = "Activated",
            Previous = previous,
            Found = found,
            Kept = kept,
        }.Seal(Sealer);
        Stored = [new(new(rev, 0), rev, bytes), .. Stored.Take(kept - 1)];
        Head = entry.Link;
    }
}
