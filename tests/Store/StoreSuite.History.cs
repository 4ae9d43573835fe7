using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    [Fact]
    public async Task A_request_is_forgotten_by_a_commit_a_day_younger()
    {
        var store = await OpenAsync();
        var first = Commit(Acme, 1, time: Noon);
        var second = Commit(Acme, 2, read: 1, time: Noon.AddMilliseconds(1));
        await CommittedAsync(store, first);
        await CommittedAsync(store, second);

        await CommittedAsync(store, Commit(Acme, 3, read: 2, time: Noon.AddHours(24)));
        AssertSame(first.Request, await store.RequestAsync(Acme, first.Request.Id, Token));

        await CommittedAsync(store, Commit(Acme, 4, read: 3, time: Noon.AddHours(24).AddMilliseconds(1)));
        Assert.Null(await store.RequestAsync(Acme, first.Request.Id, Token));
        AssertSame(second.Request, await store.RequestAsync(Acme, second.Request.Id, Token));
    }

    [Fact]
    public async Task Of_many_requests_the_newest_256_are_remembered()
    {
        var store = await OpenAsync();
        var commits = Enumerable.Range(1, 260).Select(rev => Commit(Acme, rev, read: rev - 1)).ToList();
        foreach (var commit in commits)
            await CommittedAsync(store, commit);

        foreach (var (commit, i) in commits.Select((commit, i) => (commit, i)))
            Assert.Equal(i >= 4, await store.RequestAsync(Acme, commit.Request.Id, Token) is not null);
    }

    [Fact]
    public async Task The_newest_request_is_remembered_though_its_clock_is_days_behind()
    {
        var store = await OpenAsync();
        var late = Commit(Acme, 2, read: 1, time: Noon.AddDays(-3));
        await CommittedAsync(store, Commit(Acme, 1));
        await CommittedAsync(store, late);
        Assert.IsType<CommitOutcome.Known>(await store.CommitAsync(late, Token));
    }

    [Fact]
    public async Task Audit_entries_are_read_newest_first_and_the_oldest_go()
    {
        var store = await OpenAsync(options => options.AuditEntriesPerTenant = 10);
        for (var rev = 1; rev <= 25; rev++)
            await CommittedAsync(store, Commit(Acme, rev, read: rev - 1));
        await CommittedAsync(store, Commit(TenantId.Parse("other"), 1));

        Assert.Equal([25, 24, 23], (await store.AuditAsync(Acme, null, 3, Token)).Select(entry => entry.Rev));
        var all = await store.AuditAsync(Acme, null, 100, Token);
        Assert.Equal(Enumerable.Range(16, 10).Reverse().Select(rev => $"audit acme {rev}"), all.Select(entry => Text(entry.Sealed)));
    }

    [Fact]
    public async Task The_index_holds_each_tenant_once_with_its_newest_commit()
    {
        var store = await OpenAsync();
        var other = TenantId.Parse("other");
        await CommittedAsync(store, Commit(Acme, 1));
        await CommittedAsync(store, Commit(other, 1));
        await CommittedAsync(store, Commit(Acme, 2, read: 1));

        var all = await store.ChangesSinceAsync(0, 0, Token);
        Assert.Equal(("deployment-1", 3L), (all.DeploymentId, all.Seq));
        Assert.Equal([new Change(other, 2), new Change(Acme, 3)], all.Tenants.OrderBy(change => change.Seq));
        Assert.Equal([new Change(Acme, 3)], (await store.ChangesSinceAsync(0, 2, Token)).Tenants);
        Assert.Empty((await store.ChangesSinceAsync(0, 3, Token)).Tenants);
    }

    [Fact]
    public async Task A_store_never_written_has_no_changes()
    {
        var store = Create();
        Assert.Null(await store.OpenAsync(Token));
        var changes = await store.ChangesSinceAsync(0, 0, Token);
        Assert.Equal((null, 0L), (changes.DeploymentId, changes.Seq));
        Assert.Empty(changes.Tenants);
    }

    [Fact]
    public async Task A_long_index_is_read_whole_while_it_changes()
    {
        var store = await OpenAsync();
        const int Many = 12_000;
        var tenants = Enumerable.Range(0, Many).Select(i => TenantId.Parse($"t{i}")).ToArray();
        foreach (var some in tenants.Chunk(1000))
            await Task.WhenAll(some.Select(tenant => CommittedAsync(store, Commit(tenant, 1))));

        using var done = new CancellationTokenSource();
        var writing = Task.Run(
            async () =>
            {
                for (var (i, rev) = (0, 2L); !done.IsCancellationRequested; rev = ++i % Many == 0 ? rev + 1 : rev)
                    await CommittedAsync(store, Commit(tenants[i % Many], rev, read: rev - 1));
            },
            Token);
        for (var round = 0; round < 5; round++)
        {
            var changes = await store.ChangesSinceAsync(0, 0, Token);
            Assert.Equal(Many, changes.Tenants.Count);
            Assert.Equal(Many, changes.Tenants.Select(change => change.Tenant).Distinct().Count());
        }

        await done.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task Due_tenants_come_longest_due_first_and_leave_with_a_later_commit()
    {
        var store = await OpenAsync(options => options.Partitions = 4);
        var tenants = Enumerable.Range(0, 6).Select(i => TenantId.Parse($"t{i}")).ToArray();
        foreach (var (tenant, i) in tenants.Select((tenant, i) => (tenant, i)))
            await CommittedAsync(store, Commit(tenant, 1) with { Due = Noon.AddSeconds(-i) });

        Assert.Equal(tenants.Reverse().Take(4), await store.DueAsync(Noon, 4, Token));
        Assert.Equal([tenants[5], tenants[4]], await store.DueAsync(Noon.AddSeconds(-4), 10, Token));
        Assert.Empty(await store.DueAsync(Noon.AddSeconds(-6), 10, Token));

        await CommittedAsync(store, Commit(tenants[5], 2, read: 1));
        await CommittedAsync(store, Commit(tenants[4], 2, read: 1) with { Due = Noon.AddSeconds(1) });
        Assert.Equal([tenants[3], tenants[2]], await store.DueAsync(Noon, 2, Token));
        Assert.Equal(tenants[4], (await store.DueAsync(Noon.AddSeconds(1), 10, Token))[^1]);
    }

    [Fact]
    public async Task Partitions_count_for_themselves()
    {
        var store = await OpenAsync(options => options.Partitions = 3);
        var tenants = Enumerable.Range(0, 60).Select(i => TenantId.Parse($"t{i}")).ToArray();
        foreach (var tenant in tenants)
            await CommittedAsync(store, Commit(tenant, 1));

        Assert.Equal(3, store.Partitions);
        for (var partition = 0; partition < 3; partition++)
        {
            var mine = tenants.Where(tenant => Partition.Of(tenant, 3) == partition).ToArray();
            var changes = await store.ChangesSinceAsync(partition, 0, Token);
            Assert.NotEmpty(mine);
            Assert.Equal(mine.Length, changes.Seq);
            Assert.Equal(mine.Select((tenant, i) => new Change(tenant, i + 1)), changes.Tenants.OrderBy(change => change.Seq));
        }
    }

    [Fact]
    public void A_tenants_partition_is_the_same_for_ever() =>
        Assert.Equal([0, 5, 6], [Partition.Of(Acme, 1), Partition.Of(Acme, 7), Partition.Of(TenantId.Parse("other"), 7)]);

    [Fact]
    public async Task A_record_the_index_knows_but_the_store_lacks_is_lost_not_unknown()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 7));
        await LoseRecordAsync(Acme);

        var stored = await ReadAsync(store, Acme);

        Assert.True(stored.IsLost);
        Assert.Equal([0L], await store.RevsAsync([Acme], Token));
        // Whoever still holds the state can write it again.
        await CommittedAsync(store, Commit(Acme, 8));
        Assert.False((await ReadAsync(store, Acme)).IsLost);
    }

    [Fact]
    public async Task Of_many_who_create_the_meta_entry_one_wins_and_all_learn_it()
    {
        var store = Create();
        Assert.Null(await store.OpenAsync(Token));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => store.CreateMetaAsync(Meta($"deployment-{i}", 2), Token)));

        Assert.Single(answers.Select(meta => meta.DeploymentId).Distinct());
        Assert.Equal(2, store.Partitions);
        Assert.Equal(answers[0].DeploymentId, (await store.ChangesSinceAsync(0, 0, Token)).DeploymentId);
    }

    [Fact]
    public async Task A_store_opened_again_is_what_it_was_whatever_the_settings_say()
    {
        var first = await OpenAsync(options => options.Partitions = 2);
        await CommittedAsync(first, Commit(Acme, 7));
        await first.DisposeAsync();

        var second = Create(options => options.Partitions = 5);
        var meta = await second.OpenAsync(Token);

        Assert.Equal(("deployment-1", 1, 2), (meta!.DeploymentId, meta.FormatVersion, meta.Partitions));
        Assert.Equal(new Dictionary<string, string> { ["key-1"] = "check-1", ["key-2"] = "check-2" }, meta.KeyChecks);
        Assert.Equal(2, second.Partitions);
        Assert.Equal(7, (await ReadAsync(second, Acme)).Record!.Rev);
    }

    [Fact]
    public async Task A_healthy_store_passes_its_check()
    {
        var store = await OpenAsync();
        Assert.Null(await store.CheckAsync(Token));
    }
}
