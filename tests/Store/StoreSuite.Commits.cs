using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    [Fact]
    public async Task A_commit_is_read_back_as_it_was_written()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 7));

        var stored = await ReadAsync(store, Acme);

        Assert.True(stored.InIndex);
        Assert.False(stored.IsLost);
        Assert.Equal((7L, "key-1", "sealed acme 7"), (stored.Record!.Rev, stored.Record.KeyId, Text(stored.Record.Sealed)));
        Assert.Equal(Bytes("sealed acme 7"), stored.Record.Sealed.ToArray());
        var audit = Assert.Single(await store.AuditAsync(Acme, null, 10, Token));
        Assert.Equal((7L, "audit acme 7"), (audit.Rev, Text(audit.Sealed)));
    }

    [Fact]
    public async Task A_tenant_never_written_reads_as_nothing()
    {
        var store = await OpenAsync();

        var stored = await ReadAsync(store, Acme);

        Assert.Null(stored.Record);
        Assert.False(stored.InIndex);
        Assert.False(stored.IsLost);
        Assert.Equal([0L], await store.RevsAsync([Acme], Token));
        Assert.Empty(await store.AuditAsync(Acme, null, 10, Token));
        Assert.Null(await store.RequestAsync(Acme, Guid.NewGuid(), Token));
    }

    [Fact]
    public async Task Many_tenants_are_read_in_the_order_asked_for()
    {
        var store = await OpenAsync();
        var tenants = Enumerable.Range(0, 1500).Select(i => TenantId.Parse($"t{i}")).ToArray();
        await Task.WhenAll(tenants.Select((tenant, i) => i % 3 == 0 ? Task.CompletedTask : CommittedAsync(store, Commit(tenant, i))));

        var records = await store.ReadAsync(tenants, Token);
        var revs = await store.RevsAsync(tenants, Token);

        Assert.Equal(tenants, records.Select(record => record.Tenant));
        Assert.Equal(tenants.Select((_, i) => i % 3 == 0 ? 0L : i), records.Select(record => record.Record?.Rev ?? 0));
        Assert.Equal(tenants.Select((_, i) => i % 3 == 0 ? 0L : i), revs);
        Assert.Empty(await store.ReadAsync([], Token));
        Assert.Empty(await store.RevsAsync([], Token));
    }

    [Fact]
    public async Task A_commit_on_another_rev_is_a_conflict_and_writes_nothing()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 7));
        var late = Commit(Acme, 9, read: 6) with { Due = Noon };

        Assert.IsType<CommitOutcome.Conflict>(await store.CommitAsync(late, Token));
        Assert.IsType<CommitOutcome.Conflict>(await store.CommitAsync(Commit(Acme, 9, read: 0), Token));
        Assert.IsType<CommitOutcome.Conflict>(await store.CommitAsync(Commit(TenantId.Parse("other"), 9, read: 7), Token));

        Assert.Equal(7, (await ReadAsync(store, Acme)).Record!.Rev);
        Assert.Null(await store.RequestAsync(Acme, late.Request.Id, Token));
        Assert.Single(await store.AuditAsync(Acme, null, 10, Token));
        Assert.Empty(await store.DueAsync(Noon, 10, Token));
        Assert.Equal(1, (await store.ChangesSinceAsync(0, 0, Token)).Seq);
    }

    [Fact]
    public async Task A_rev_that_does_not_grow_is_a_mistake_of_the_caller()
    {
        var store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.CommitAsync(Commit(Acme, 7, read: 7), Token));
    }

    [Fact]
    public async Task A_repeated_id_answers_the_first_result_and_writes_nothing()
    {
        var store = await OpenAsync();
        var first = Commit(Acme, 7);
        await CommittedAsync(store, first);
        await CommittedAsync(store, Commit(Acme, 8, read: 7));

        // With what the first one read, and with what is there now: the id is looked at before the rev.
        foreach (var repeat in new[] { first, Commit(Acme, 9, read: 8, id: first.Request.Id) })
        {
            var known = Assert.IsType<CommitOutcome.Known>(await store.CommitAsync(repeat, Token)).Request;
            AssertSame(first.Request, known);
        }

        Assert.Equal(8, (await ReadAsync(store, Acme)).Record!.Rev);
        Assert.Equal(2, (await store.AuditAsync(Acme, null, 10, Token)).Count);
        Assert.Equal(2, (await store.ChangesSinceAsync(0, 0, Token)).Seq);
    }

    [Fact]
    public async Task An_id_belongs_to_its_tenant()
    {
        var store = await OpenAsync();
        var first = Commit(Acme, 7);
        await CommittedAsync(store, first);
        await CommittedAsync(store, Commit(TenantId.Parse("other"), 8, id: first.Request.Id));
    }

    [Fact]
    public async Task A_later_commit_sets_the_result_of_a_request()
    {
        var store = await OpenAsync();
        var first = Commit(Acme, 7);
        await CommittedAsync(store, first);

        await CommittedAsync(store, Commit(Acme, 8, read: 7) with { Ends = new RequestResult(first.Request.Id, "ACTIVATED, with spaces: é\n") });

        AssertSame(first.Request with { Result = "ACTIVATED, with spaces: é\n" }, await store.RequestAsync(Acme, first.Request.Id, Token));
    }

    [Fact]
    public async Task The_end_of_a_request_nobody_remembers_changes_nothing()
    {
        var store = await OpenAsync();
        var unknown = Guid.NewGuid();
        await CommittedAsync(store, Commit(Acme, 7) with { Ends = new RequestResult(unknown, "ACTIVATED") });
        Assert.Null(await store.RequestAsync(Acme, unknown, Token));
    }

    [Fact]
    public async Task A_store_behind_what_was_seen_takes_nothing()
    {
        var store = await OpenAsync();
        var first = Commit(Acme, 7);
        await CommittedAsync(store, first);

        // Even a known id: a store that lost commits answers nothing but that.
        Assert.Equal(1, Assert.IsType<CommitOutcome.Behind>(await store.CommitAsync(Commit(Acme, 8, read: 7) with { SeqSeen = 2 }, Token)).Seq);
        Assert.Equal(1, Assert.IsType<CommitOutcome.Behind>(await store.CommitAsync(first with { SeqSeen = 2 }, Token)).Seq);

        Assert.Equal(7, (await ReadAsync(store, Acme)).Record!.Rev);
        Assert.Equal(2, await CommittedAsync(store, Commit(Acme, 8, read: 7) with { SeqSeen = 1 }));
    }

    private protected static void AssertSame(RequestEntry expected, RequestEntry? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Fingerprint.ToArray(), actual.Fingerprint.ToArray());
        Assert.Equal(expected with { Fingerprint = default }, actual with { Fingerprint = default });
    }
}
