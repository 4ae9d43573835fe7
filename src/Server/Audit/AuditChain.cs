using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// Verifies a tenant's chain of entries: none was altered, removed, put in or moved since it was written, neither at the ends nor in the middle.
/// Give it all that the store has, newest first, and then the end of the chain as the tenant's record has it.
/// </summary>
/// <remarks>
/// Every entry must open for its tenant and rev; each holds the hash of the one before it; the record holds the hash of the newest; and no more old
/// entries have gone than the bound that stands in the entries lets go. After the store was rolled back and mended a chain goes on where the
/// servers had been: the mending entry says what it found in the store, and what the store lost is no break but told as lost.
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
            // What stands on both sides of it cannot be compared.
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

    /// <summary>What was found, when the oldest entry was taken.</summary>
    /// <param name="head">As the tenant's record has it, read after the entries; null if the record cannot be read.</param>
    public ChainFinding Finish(ChainLink? head)
    {
        if (broken is null && head is not null && head != (newest?.Link ?? ChainLink.Start))
        {
            var what = newest is null ? "gone" : $"number {newest.Link.Number}";
            broken = new(head.Number, 0, $"the tenant's record was written with number {head.Number}, and the newest entry is {what}");
        }
        // Fewer than any of them left: what stood before the oldest was not let go by a commit. What is missing elsewhere is missing here too.
        if (broken is null && newer is not null && count < kept && Before(newer) is not { Number: 0 })
        {
            if (Before(newer) is { } before)
                broken = new(before.Number, newer.Rev, $"the entries up to number {before.Number} are gone, before their time");
            else
                lost.Add(new(newer.Link.Number, 0, newer.Previous.Number));
        }
        return new(count, newer?.Link.Number ?? 0, newest?.Link.Number ?? 0, broken, lost);
    }

    // What an entry stands behind in the store; null if nobody knew.
    private static ChainLink? Before(AuditEntry entry) => entry.IsHeal ? entry.Found : entry.Previous;

    private void CheckPair(AuditEntry older, AuditEntry after)
    {
        var before = Before(after);
        if (before is not null && before != older.Link)
        {
            broken = new(
                after.Link.Number,
                after.Rev,
                $"the entry was written behind number {before.Number}, and number {older.Link.Number} stands before it: entries were removed, put in or moved");
        }
        else if (after.Previous != older.Link)
            lost.Add(new(after.Link.Number, older.Link.Number, after.Previous.Number));
    }
}
