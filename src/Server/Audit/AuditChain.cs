using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// Verifies a tenant's chain of entries: none was altered, removed, inserted or moved since it was written, neither at the ends nor in the middle.
/// It takes all entries of the store, newest first, and then the end of the chain from the tenant's record.
/// </summary>
/// <remarks>
/// Every entry must open for its tenant and rev; each holds the hash of the previous one; the record holds the hash of the newest; and no more old
/// entries are missing than the limit stored in the entries allows. After a rollback and repair of the store, a chain continues from where the
/// servers were: the repairing entry records what it found in the store, and what the store lost is reported as lost, not as a break.
/// </remarks>
internal sealed class AuditChain(Sealer sealer, TenantId tenant)
{
    private readonly List<LostEntries> lost = [];
    private AuditEntry? newer;
    private AuditEntry? newest;
    private long count;
    private long kept = long.MaxValue;
    private long expected;
    private ChainBreak? broken;

    /// <summary>The next older entry of the store.</summary>
    public void Take(AuditBytes stored)
    {
        count++;
        if (AuditEntry.Open(sealer, tenant, stored.Rev, stored.Sealed.Span) is not { } entry)
        {
            // The entries on both sides of it cannot be compared.
            broken = new(expected, stored.Rev, "the entry does not open: it was altered, or moved here from elsewhere");
            (newer, expected) = (null, Math.Max(expected - 1, 0));
            return;
        }
        if (newer is not null)
            CheckPair(entry, newer);
        if (count == 1)
            newest = entry;
        kept = Math.Min(kept, count - 1 + entry.Kept);
        (newer, expected) = (entry, Before(entry)?.Number ?? 0);
    }

    /// <summary>The finding, after the oldest entry was taken.</summary>
    /// <param name="head">The end of the chain in the tenant's record, read after the entries; null if the record cannot be read.</param>
    public ChainFinding Finish(ChainLink? head)
    {
        if (broken is null && head is not null && head != (newest?.Link ?? ChainLink.Start))
        {
            var what = newest is null ? "gone" : $"number {newest.Link.Number}";
            broken = new(head.Number, 0, $"the tenant's record was written with number {head.Number}, but the newest entry is {what}");
        }
        // Fewer are left than any of them allows: no commit dropped what came before the oldest. What is missing elsewhere is missing here too.
        if (broken is null && newer is not null && count < kept && Before(newer) is not { Number: 0 })
        {
            if (Before(newer) is { } before)
                broken = new(before.Number, newer.Rev, $"the entries up to number {before.Number} are missing before they were due to be dropped");
            else
                lost.Add(new(newer.Link.Number, 0, newer.Previous.Number));
        }
        return new(count, newer?.Link.Number ?? 0, newest?.Link.Number ?? 0, broken, lost);
    }

    // The entry that comes before this one in the store; null if it is unknown.
    private static ChainLink? Before(AuditEntry entry) => entry.IsHeal ? entry.Found : entry.Previous;

    private void CheckPair(AuditEntry older, AuditEntry after)
    {
        var before = Before(after);
        if (before is not null && before != older.Link)
        {
            broken = new(
                after.Link.Number,
                after.Rev,
                $"the entry was written after number {before.Number}, but number {older.Link.Number} comes before it: entries were removed, inserted or moved");
        }
        else if (after.Previous != older.Link)
            lost.Add(new(after.Link.Number, older.Link.Number, after.Previous.Number));
    }
}
