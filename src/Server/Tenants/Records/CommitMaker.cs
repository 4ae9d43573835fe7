using System.Text;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using GrpcCreds.Server.Tenants.Rules;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Tenants.Records;

/// <summary>
/// Turns a decision into what the store commits: the sealed record, its audit entry, the request to remember, the next due time.
/// </summary>
internal sealed class CommitMaker(RecordSealer records, Sealer sealer, IOptions<StoreOptions> store, TimeProvider clock)
{
    /// <summary>The moment of the commit that follows a rev.</summary>
    /// <exception cref="StoreDamagedException">There is none.</exception>
    public Moment Next(long rev) => Revs.Next(rev, clock.GetUtcNow())
        ?? throw new StoreDamagedException("the tenant's rev is the highest possible one; Store:BringRevisionsBack restores a valid one");

    public MadeCommit Make(TenantRecord before, Decision.Changed changed, Origin origin, RequestKey request, long seqSeen) =>
        Make(before, changed, origin, request, seqSeen, found: null);

    /// <summary>The commit that restores a state the store has lost.</summary>
    /// <param name="source">The state to restore.</param>
    /// <param name="changed">The decision made on it.</param>
    /// <param name="current">The store's current state.</param>
    /// <param name="because">Why the service believes that the store has lost it.</param>
    public MadeCommit MakeHeal(TenantRecord source, Decision.Changed changed, RecordSnapshot current, Origin because) => Make(
        // The rev in the store, whether or not its record opens: the commit replaces it.
        source with { Rev = current.Rev },
        changed,
        because,
        RequestKey.Own(),
        // The store's counter may be behind what this server has seen: that is what is being repaired.
        seqSeen: 0,
        current.IsUnreadable ? null : current.Record.AuditHead);

    private MadeCommit Make(TenantRecord before, Decision.Changed changed, Origin origin, RequestKey request, long seqSeen, ChainLink? found)
    {
        var now = clock.GetUtcNow();
        var (entry, audit) = new AuditEntry
        {
            Tenant = before.Tenant,
            Rev = changed.State.Rev,
            Revision = changed.State.Revision,
            Time = now,
            Origin = origin,
            RequestId = request.Id,
            Outcome = changed.Result.ToString(),
            Fingerprint = Fingerprint(before, changed.State),
            Previous = before.AuditHead,
            Found = found,
            Kept = store.Value.AuditEntriesPerTenant,
        }.Seal(sealer);
        var after = changed.State with { AuditHead = entry.Link };
        var stored = records.Seal(after);
        var commit = new Commit
        {
            Tenant = after.Tenant,
            Request = new RequestEntry(request.Id, now, request.Fingerprint, after.Rev, changed.Result.ToString()),
            ReadRev = before.Rev,
            Record = stored,
            Due = RecordRules.Due(after),
            Audit = audit,
            Ends = changed.Ends is { } ends ? new RequestResult(ends.RequestId, ends.Result.ToString()) : null,
            SeqSeen = seqSeen,
        };
        return new(commit, RecordSnapshot.Of(after, stored), entry);
    }

    // Of the secret this commit is about: of the mode that changed, else of the mode that is tested, else of the active one; the candidate's if there is one.
    private string? Fingerprint(TenantRecord before, TenantRecord after)
    {
        var mode = Modes.All.Where(mode => Modes.Places.Any(place => place.Mode == mode && after[mode, place.Slot] != before[mode, place.Slot]))
            .OrderByDescending(mode => mode == after.ActiveMode).Select(mode => (Mode?)mode).FirstOrDefault()
            ?? (after.Test ?? before.Test)?.Mode ?? after.ActiveMode;
        var secret = after[mode, Slot.Candidate]?.RevealForFingerprint() ?? after[mode, Slot.Current]?.RevealForFingerprint();
        return secret is null ? null : Convert.ToHexStringLower(sealer.Keys.Fingerprint(Encoding.UTF8.GetBytes(secret)).AsSpan(0, 8));
    }
}
