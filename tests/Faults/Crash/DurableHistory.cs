using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>One commit, as its audit entry tells it.</summary>
internal sealed record Commitment(long Rev, long Revision, string Method, Guid RequestId, string Outcome, string? Fingerprint)
{
    /// <summary>The commit changed what nodes are told.</summary>
    public bool MovesRevision => Rev == Revision;
}

/// <summary>A tenant as the store holds it, with all its commits, oldest first.</summary>
/// <param name="Commits">Oldest first.</param>
/// <param name="Rev">Of the record; null if it does not open.</param>
/// <param name="Revision">Of the record.</param>
internal sealed record DurableTenant(IReadOnlyList<Commitment> Commits, long? Rev, long Revision);

/// <summary>The contents of the store after a run: the ground truth, read directly with the service's keys while no service runs.</summary>
internal sealed record DurableHistory(long Seq, IReadOnlyDictionary<string, DurableTenant> Tenants)
{
    private const int All = 1_000_000;

    public static async Task<DurableHistory> ReadAsync(IStore store, string keysDirectory)
    {
        var meta = await store.OpenAsync(CancellationToken.None) ?? throw new InvalidOperationException("the store was never used");
        var sealer = new Sealer();
        sealer.Unlock(meta.DeploymentId, KeyRings.Read(keysDirectory, meta));
        var records = new RecordSealer(sealer);

        var changes = await store.ChangesSinceAsync(0, 0, CancellationToken.None);
        var tenants = new Dictionary<string, DurableTenant>();
        foreach (var tenant in changes.Tenants.Select(change => change.Tenant))
        {
            var reading = records.Open((await store.ReadAsync([tenant], CancellationToken.None))[0]);
            var audit = await store.AuditAsync(tenant, null, All, CancellationToken.None);
            tenants[tenant.ToString()] = new(
                [.. audit.Reverse().Select(entry => Open(sealer, tenant, entry))],
                reading.IsUnreadable ? null : reading.Rev,
                reading.IsUnreadable ? 0 : reading.Record.Revision);
        }
        return new DurableHistory(changes.Seq, tenants);
    }

    private static Commitment Open(Sealer sealer, TenantId tenant, AuditBytes stored)
    {
        var entry = AuditEntry.Open(sealer, tenant, stored.Rev, stored.Sealed.Span)
            ?? throw new InvalidDataException($"an audit entry of {tenant} does not open");
        return new Commitment(entry.Rev, entry.Revision, entry.Origin.Method, entry.RequestId, entry.Outcome, entry.Fingerprint);
    }
}
