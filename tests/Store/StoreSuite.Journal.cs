using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    [Fact]
    public async Task A_journal_is_read_newest_first_and_its_oldest_entries_go()
    {
        var store = await OpenAsync(options => options.AuditEntriesPerTenant = 10);
        var journal = AuditJournal.Disclosures(Acme);
        var ids = Enumerable.Range(0, 25).Select(_ => Guid.NewGuid()).ToList();
        foreach (var (i, id) in ids.Index())
            await store.AppendAsync(journal, id, Bytes($"entry {i}"), Token);

        var all = await store.JournalAsync(journal, null, 100, Token);
        Assert.Equal(Enumerable.Range(15, 10).Reverse().Select(i => (ids[i], $"entry {i}")), all.Select(entry => (entry.Id, Text(entry.Sealed))));
        Assert.Equal(all.Take(3).Select(entry => entry.Id), (await store.JournalAsync(journal, null, 3, Token)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task An_entry_that_is_sent_again_stands_there_once()
    {
        var store = await OpenAsync();
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await store.AppendAsync(AuditJournal.Refusals, first, Bytes("first"), Token);
        await store.AppendAsync(AuditJournal.Refusals, second, Bytes("second"), Token);
        await store.AppendAsync(AuditJournal.Refusals, first, Bytes("first"), Token);
        Assert.Equal([second, first], (await store.JournalAsync(AuditJournal.Refusals, null, 10, Token)).Select(entry => entry.Id));
    }

    [Fact]
    public async Task Journals_do_not_mix()
    {
        var store = await OpenAsync(options => options.Partitions = 4);
        var id = Guid.NewGuid();
        AuditJournal[] journals = [AuditJournal.Refusals, AuditJournal.Disclosures(Acme), AuditJournal.Disclosures(TenantId.Parse("other"))];
        foreach (var (i, journal) in journals.Index())
            await store.AppendAsync(journal, id, Bytes($"journal {i}"), Token);
        foreach (var (i, journal) in journals.Index())
            Assert.Equal((id, $"journal {i}"),
                Assert.Single((await store.JournalAsync(journal, null, 10, Token)).Select(entry => (entry.Id, Text(entry.Sealed)))));
        Assert.Empty(await store.AuditAsync(Acme, null, 10, Token));
    }

    [Fact]
    public async Task Lists_of_the_audit_are_read_page_by_page_while_they_grow()
    {
        var store = await OpenAsync();
        for (var i = 1; i <= 20; i++)
        {
            await CommittedAsync(store, Commit(Acme, i, read: i - 1));
            await store.AppendAsync(AuditJournal.Disclosures(Acme), Guid.NewGuid(), Bytes($"entry {i}"), Token);
        }

        var (revs, entries) = (new List<long>(), new List<string>());
        for (AuditPosition? before = null; await store.AuditAsync(Acme, before, 7, Token) is { Count: > 0 } page; before = page[^1].Position)
        {
            revs.AddRange(page.Select(entry => entry.Rev));
            Assert.True(AuditPosition.TryParse(page[^1].Position.ToString(), out var again) && again == page[^1].Position);
            await CommittedAsync(store, Commit(Acme, 20 + revs.Count, read: (await store.RevsAsync([Acme], Token))[0]));
        }
        for (AuditPosition? before = null; await store.JournalAsync(AuditJournal.Disclosures(Acme), before, 7, Token) is
            { Count: > 0 } page; before = page[^1].Position)
        {
            entries.AddRange(page.Select(entry => Text(entry.Sealed)));
            await store.AppendAsync(AuditJournal.Disclosures(Acme), Guid.NewGuid(), Bytes("later"), Token);
        }
        Assert.Equal(Enumerable.Range(1, 20).Reverse().Select(i => (long)i), revs);
        Assert.Equal(Enumerable.Range(1, 20).Reverse().Select(i => $"entry {i}"), entries);
    }
}
