using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>Reads the audit, newest first: a tenant's writes and disclosures as one list, or the refused calls.</summary>
internal sealed class AuditReader(IStore store, Sealer sealer, StoreDamage damage)
{
    private const int Chunk = 200;
    private const int ChainChunk = 1000;
    private const int MaxAttempts = 5;

    /// <summary>Entries examined for one page: with a selective filter a page may end before it is full.</summary>
    public const int MaxScanned = 2000;

    /// <summary>Reads a page of the items that pass the filter.</summary>
    /// <param name="tenant">The tenant; null: the refused calls.</param>
    /// <param name="passes">The filter.</param>
    /// <param name="size">The maximum number of items.</param>
    /// <param name="from">Where to continue.</param>
    /// <param name="cancellationToken">The call's.</param>
    /// <returns>The items, and where to continue; null after the last.</returns>
    public async Task<(IReadOnlyList<AuditItem> Items, AuditCursor? Next)> PageAsync(
        TenantId? tenant, Func<AuditItem, bool> passes, int size, AuditCursor from, CancellationToken cancellationToken)
    {
        var writes = new Source(
            tenant is { } of ? before => WritesAsync(of, before, cancellationToken) : _ => Task.FromResult<IReadOnlyList<AuditItem>>([]), from.Writes);
        var journal = new Source(
            before => tenant is { } of ? DisclosuresAsync(of, before, cancellationToken) : RefusalsAsync(before, cancellationToken), from.Journal);
        var items = new List<AuditItem>();
        for (var scanned = 0; items.Count < size && scanned < MaxScanned; scanned++)
        {
            var (write, other) = (await writes.PeekAsync(), await journal.PeekAsync());
            if (write is null && other is null)
                return (items, null);
            var newer = other is null || write?.Time >= other.Time ? writes.Take() : journal.Take();
            if (passes(newer))
                items.Add(newer);
        }
        var more = await writes.PeekAsync() is not null || await journal.PeekAsync() is not null;
        return (items, more ? new AuditCursor(writes.Taken, journal.Taken) : null);
    }

    /// <summary>Verifies a tenant's chain of writes.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="head">Reads the end of the chain from the tenant's record; null if that cannot be read.</param>
    /// <param name="cancellationToken">The call's.</param>
    public async Task<ChainFinding> VerifyAsync(TenantId tenant, Func<Task<ChainLink?>> head, CancellationToken cancellationToken)
    {
        AuditPosition? newestBefore = null;
        for (var attempt = 1; ; attempt++)
        {
            var chain = new AuditChain(sealer, tenant);
            var page = await store.AuditAsync(tenant, null, ChainChunk, cancellationToken);
            var newest = page.Count > 0 ? page[0].Position : (AuditPosition?)null;
            while (page.Count > 0)
            {
                foreach (var stored in page)
                    chain.Take(stored);
                page = page.Count == ChainChunk ? await store.AuditAsync(tenant, page[^1].Position, ChainChunk, cancellationToken) : [];
            }
            var finding = chain.Finish(await head());
            // A commit in the meantime adds an entry and drops an old one: an apparent break is checked again until nothing has moved.
            if (finding.Broken is null || attempt == MaxAttempts || (attempt > 1 && newest == newestBefore))
                return finding;
            newestBefore = newest;
        }
    }

    private async Task<IReadOnlyList<AuditItem>> WritesAsync(TenantId tenant, AuditPosition? before, CancellationToken cancellationToken)
    {
        var time = DateTimeOffset.MaxValue;
        return [.. (await store.AuditAsync(tenant, before, Chunk, cancellationToken)).Select(stored =>
        {
            var entry = Noted(AuditEntry.Open(sealer, tenant, stored.Rev, stored.Sealed.Span), Damaged.Audit, tenant);
            return new AuditItem.Write(stored.Position, time = entry?.Time ?? time, stored.Rev, entry);
        })];
    }

    private async Task<IReadOnlyList<AuditItem>> DisclosuresAsync(TenantId tenant, AuditPosition? before, CancellationToken cancellationToken)
    {
        var time = DateTimeOffset.MaxValue;
        return [.. (await store.JournalAsync(AuditJournal.Disclosures(tenant), before, Chunk, cancellationToken)).Select(stored =>
        {
            var entry = Noted(DisclosureEntry.Open(sealer, tenant, stored.Id, stored.Sealed.Span), Damaged.Disclosures, tenant);
            return new AuditItem.Disclosure(stored.Position, time = entry?.Time ?? time, entry);
        })];
    }

    private async Task<IReadOnlyList<AuditItem>> RefusalsAsync(AuditPosition? before, CancellationToken cancellationToken)
    {
        var time = DateTimeOffset.MaxValue;
        return [.. (await store.JournalAsync(AuditJournal.Refusals, before, Chunk, cancellationToken)).Select(stored =>
        {
            var entry = Noted(RefusalEntry.Open(sealer, stored.Id, stored.Sealed.Span), Damaged.Refusals, null);
            return new AuditItem.Refusals(stored.Position, time = entry?.Refusals.Max(refusal => refusal.Last) ?? time, entry);
        })];
    }

    private T? Noted<T>(T? entry, string what, TenantId? tenant)
        where T : class
    {
        if (entry is null)
            damage.Found(what, tenant);
        return entry;
    }

    /// <summary>One list, read in pieces.</summary>
    private sealed class Source(Func<AuditPosition?, Task<IReadOnlyList<AuditItem>>> read, AuditPosition? from)
    {
        private readonly Queue<AuditItem> ahead = [];
        private AuditPosition? end = from;
        private bool exhausted;

        /// <summary>Position of the last item taken.</summary>
        public AuditPosition? Taken { get; private set; } = from;

        public async Task<AuditItem?> PeekAsync()
        {
            if (ahead.Count == 0 && !exhausted)
            {
                foreach (var item in await read(end))
                    ahead.Enqueue(item);
                exhausted = ahead.Count < Chunk;
                end = ahead.LastOrDefault()?.Position;
            }
            return ahead.TryPeek(out var next) ? next : null;
        }

        public AuditItem Take()
        {
            var taken = ahead.Dequeue();
            Taken = taken.Position;
            return taken;
        }
    }
}
