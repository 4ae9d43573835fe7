using System.Collections.Concurrent;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    private const int Writers = 32;

    [Fact]
    public async Task Concurrent_writers_of_one_tenant_never_share_a_rev_and_lose_none()
    {
        var store = await OpenAsync();
        await AllWritersAsync(store, _ => Acme);
    }

    [Fact]
    public async Task Concurrent_writers_of_many_tenants_lose_none()
    {
        var store = await OpenAsync(options => options.Partitions = 3);
        await AllWritersAsync(store, writer => TenantId.Parse($"t{writer % 8}"));
    }

    [Fact]
    public async Task Of_concurrent_commits_with_one_id_exactly_one_is_written()
    {
        var store = await OpenAsync();
        var commit = Commit(Acme, 7);

        var outcomes = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => store.CommitAsync(commit, Token)));

        Assert.Single(outcomes.OfType<CommitOutcome.Committed>());
        Assert.All(outcomes.OfType<CommitOutcome.Known>(), known => AssertSame(commit.Request, known.Request));
        Assert.Equal(Writers - 1, outcomes.OfType<CommitOutcome.Known>().Count());
        Assert.Single(await store.AuditAsync(Acme, null, 10, Token));
    }

    [Fact]
    public async Task A_commit_is_hinted()
    {
        var store = await OpenAsync();
        var hinted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Hinted += hint =>
        {
            if (hint is StoreHint.Changed)
                hinted.TrySetResult();
        };

        await CommittedAsync(store, Commit(Acme, 7));

        await hinted.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task What_a_hint_announces_can_be_read()
    {
        var store = await OpenAsync();
        var seen = new ConcurrentQueue<Task<Changes>>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Hinted += hint =>
        {
            seen.Enqueue(Task.Run(() => store.ChangesSinceAsync(0, 0, Token), Token));
            if (seen.Count == 20)
                enough.TrySetResult();
        };

        for (var rev = 1; rev <= 20; rev++)
            await CommittedAsync(store, Commit(Acme, rev, read: rev - 1));

        await enough.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        var last = (await Task.WhenAll(seen)).Max(changes => changes.Seq);
        Assert.Equal(20, last);
    }

    /// <summary>Each writer reads, commits on what it read, and tries again on a conflict, until five of its commits are acknowledged.</summary>
    private static async Task AllWritersAsync(IStore store, Func<int, TenantId> tenantOf)
    {
        var acknowledged = new ConcurrentBag<(TenantId Tenant, long Rev)>();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(
            async () =>
            {
                var tenant = tenantOf(writer);
                for (var mine = 0; mine < 5;)
                {
                    var read = (await ReadAsync(store, tenant)).Record?.Rev ?? 0;
                    var outcome = await store.CommitAsync(Commit(tenant, read + 1, read), Token);
                    if (outcome is CommitOutcome.Conflict)
                        continue;
                    Assert.IsType<CommitOutcome.Committed>(outcome);
                    // An acknowledged commit is visible to every reader from then on.
                    Assert.True((await store.RevsAsync([tenant], Token))[0] >= read + 1);
                    acknowledged.Add((tenant, read + 1));
                    mine++;
                }
            },
            Token)));

        Assert.Equal(Writers * 5, acknowledged.Distinct().Count());
        foreach (var tenant in acknowledged.GroupBy(entry => entry.Tenant, entry => entry.Rev))
        {
            var written = (await store.AuditAsync(tenant.Key, null, 1000, Token)).Select(entry => entry.Rev);
            Assert.Equal(tenant.Order(), written.Order());
        }
    }
}
