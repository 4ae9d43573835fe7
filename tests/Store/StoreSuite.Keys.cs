using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    [Fact]
    public async Task A_sealing_takes_the_place_of_the_one_that_was_read_and_nothing_else_moves()
    {
        var store = await OpenAsync();
        var commit = Commit(Acme, 7) with { Due = Noon };
        await CommittedAsync(store, commit);
        var before = await store.ChangesSinceAsync(0, 0, Token);

        Assert.True(await store.ResealAsync(Acme, new(7, "key-2", Bytes("again")), "key-1", Token));

        var stored = await ReadAsync(store, Acme);
        Assert.Equal((7L, "key-2", "again"), (stored.Record!.Rev, stored.Record.KeyId, Text(stored.Record.Sealed)));
        Assert.Equal(["key-2", null], await store.KeyIdsAsync([Acme, Globex], Token));
        var after = await store.ChangesSinceAsync(0, 0, Token);
        Assert.Equal((before.Seq, before.Tenants.Single()), (after.Seq, after.Tenants.Single()));
        Assert.Equal([Acme], await store.DueAsync(Noon, 10, Token));
        Assert.Single(await store.AuditAsync(Acme, null, 10, Token));
        AssertSame(commit.Request, await store.RequestAsync(Acme, commit.Request.Id, Token));
        // A writer that read before the resealing can still commit.
        Assert.Equal(2, await CommittedAsync(store, Commit(Acme, 8, read: 7)));
    }

    [Fact]
    public async Task A_sealing_of_another_rev_or_by_another_key_than_stands_is_not_taken()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 7));

        Assert.False(await store.ResealAsync(Acme, new(6, "key-2", Bytes("older")), "key-1", Token));
        Assert.False(await store.ResealAsync(Acme, new(8, "key-2", Bytes("newer")), "key-1", Token));
        Assert.False(await store.ResealAsync(Acme, new(7, "key-3", Bytes("other")), "key-2", Token));
        Assert.False(await store.ResealAsync(Globex, new(7, "key-2", Bytes("nobody's")), "key-1", Token));
        Assert.Equal(("key-1", "sealed acme 7"), ((await ReadAsync(store, Acme)).Record!.KeyId, Text((await ReadAsync(store, Acme)).Record!.Sealed)));
        Assert.False((await ReadAsync(store, Globex)).InIndex);

        // The second of two does no harm, and neither does a repeat.
        Assert.True(await store.ResealAsync(Acme, new(7, "key-2", Bytes("first")), "key-1", Token));
        Assert.False(await store.ResealAsync(Acme, new(7, "key-2", Bytes("second")), "key-1", Token));
        Assert.Equal("first", Text((await ReadAsync(store, Acme)).Record!.Sealed));
    }

    [Fact]
    public async Task Commits_and_sealings_of_one_record_at_the_same_time_lose_nothing()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 1));
        var sealing = Task.Run(
            async () =>
            {
                while ((await ReadAsync(store, Acme)).Record is { Rev: < 100 } record)
                    await store.ResealAsync(Acme, record with { KeyId = "key-2" }, record.KeyId, Token);
            },
            Token);
        for (var rev = 2; rev <= 100; rev++)
            Assert.Equal(rev, await CommittedAsync(store, Commit(Acme, rev, read: rev - 1)));
        await sealing.WaitAsync(TimeSpan.FromSeconds(30), Token);
        // Whichever was last, it is the bytes of the last commit.
        Assert.Equal((100L, "sealed acme 100"), ((await ReadAsync(store, Acme)).Record!.Rev, Text((await ReadAsync(store, Acme)).Record!.Sealed)));
    }

    [Fact]
    public async Task The_keys_of_the_meta_entry_change_where_they_still_are_as_they_were_read()
    {
        var store = await OpenAsync();
        var read = (await store.MetaAsync(Token))!;
        Assert.Equal(["key-2", "key-1"], read.Sealing);

        var staged = read with { KeyChecks = read.KeyChecks.Append(new("key-3", "check-3")).ToDictionary() };
        Assert.True(await store.ChangeMetaAsync(read, staged, null, Token));
        // Another server staged another key under that name; and one that adds something else is not in its way.
        Assert.False(await store.ChangeMetaAsync(read, read with { KeyChecks = read.KeyChecks.Append(new("key-3", "other")).ToDictionary() }, null, Token));
        Assert.True(await store.ChangeMetaAsync(read, read with { KeyChecks = read.KeyChecks.Append(new("key-4", "check-4")).ToDictionary() }, null, Token));

        var promoted = staged with { Sealing = ["key-3", .. staged.Sealing] };
        Assert.True(await store.ChangeMetaAsync(staged, promoted, null, Token));
        Assert.False(await store.ChangeMetaAsync(staged, staged with { Sealing = ["key-4", .. staged.Sealing] }, null, Token));

        var stands = (await store.MetaAsync(Token))!;
        Assert.Equal(["key-3", "key-2", "key-1"], stands.Sealing);
        Assert.Equal(["check-1", "check-2", "check-3", "check-4"],
            stands.KeyChecks.OrderBy(check => check.Key, StringComparer.Ordinal).Select(check => check.Value));
        Assert.Equal((read.DeploymentId, read.FormatVersion, read.Partitions), (stands.DeploymentId, stands.FormatVersion, stands.Partitions));
    }

    [Fact]
    public async Task The_meta_entry_does_not_change_while_a_server_is_there_that_nobody_asked()
    {
        var store = await OpenAsync();
        var read = (await store.MetaAsync(Token))!;
        var promoted = read with { Sealing = ["key-1", .. read.Sealing] };
        await store.BeatAsync(new("one", Noon, ""), Token);
        await store.BeatAsync(new("two", Noon, ""), Token);

        Assert.False(await store.ChangeMetaAsync(read, promoted, ["one"], Token));
        Assert.False(await store.ChangeMetaAsync(read, promoted, [], Token));
        Assert.Equal(read.Sealing, (await store.MetaAsync(Token))!.Sealing);
        Assert.True(await store.ChangeMetaAsync(read, promoted, ["three", "two", "one"], Token));
    }

    [Fact]
    public async Task An_empty_store_has_no_meta_entry_and_gets_none_by_a_change()
    {
        var store = Create();
        Assert.Null(await store.OpenAsync(Token));
        Assert.Null(await store.MetaAsync(Token));
        var meta = Meta("deployment-1", store.Partitions);
        Assert.False(await store.ChangeMetaAsync(meta, meta with { Sealing = ["key-1"] }, null, Token));
        Assert.Null(await store.MetaAsync(Token));
    }
}
