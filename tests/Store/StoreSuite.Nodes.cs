using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    private static readonly TenantId Globex = TenantId.Parse("globex");

    [Fact]
    public async Task What_was_set_of_nodes_since_a_version_comes_once_with_its_newest_value()
    {
        var store = await OpenAsync();
        Assert.Equal((0, 0), Count(await store.NodesSinceAsync(Acme, 0, Token)));

        await store.SetNodesAsync(Acme, [new("a", "one"), new("b", "one")], [], Noon, Token);
        await store.SetNodesAsync(Globex, [new("a", "other")], [], Noon, Token);
        var first = await store.NodesSinceAsync(Acme, 0, Token);
        Assert.Equal([("a", "one"), ("b", "one")], Pairs(first));

        // The server's clock stops or goes back: the version still grows.
        await store.SetNodesAsync(Acme, [new("b", "two")], [], Noon, Token);
        await store.SetNodesAsync(Acme, [new("b", "three with spaces and ü"), new("c", "")], [], Noon - TimeSpan.FromHours(1), Token);
        var then = await store.NodesSinceAsync(Acme, first.Version, Token);
        Assert.Equal([("b", "three with spaces and ü"), ("c", "")], Pairs(then));
        Assert.False(then.IsAll);
        Assert.Empty((await store.NodesSinceAsync(Acme, then.Version, Token)).Nodes);
    }

    [Fact]
    public async Task A_reader_that_knows_more_than_the_store_gets_everything()
    {
        var store = await OpenAsync();
        await store.SetNodesAsync(Acme, [new("a", "one")], [], Noon, Token);
        var known = (await store.NodesSinceAsync(Acme, 0, Token)).Version;
        var all = await store.NodesSinceAsync(Acme, known + 1, Token);
        Assert.True(all.IsAll);
        Assert.Equal([("a", "one")], Pairs(all));
        Assert.Equal(known, all.Version);
    }

    [Fact]
    public async Task Entries_about_nodes_go_a_day_after_they_were_last_set()
    {
        var store = await OpenAsync();
        await store.SetNodesAsync(Acme, [new("old", "1"), new("kept", "1")], [], Noon, Token);
        await AgeAsync(StoredNode.Lifetime - TimeSpan.FromMinutes(1));
        await store.SetNodesAsync(Acme, [new("kept", "2")], [], Noon, Token);
        await AgeAsync(TimeSpan.FromMinutes(2));
        await store.SetNodesAsync(Acme, [new("new", "1")], [], Noon, Token);
        await store.BeatAsync(new("one", Noon, ""), Token);
        Assert.Equal([("kept", "2"), ("new", "1")], Pairs(await store.NodesSinceAsync(Acme, 0, Token)));
    }

    [Fact]
    public async Task What_is_dropped_is_gone_and_what_is_set_with_it_stays()
    {
        var store = await OpenAsync();
        await store.SetNodesAsync(Acme, [new("a", "1"), new("b", "1")], [], Noon, Token);
        await store.SetNodesAsync(Acme, [new("c", "1")], ["a", "never"], Noon, Token);
        await store.SetNodesAsync(Acme, [], ["b"], Noon, Token);
        Assert.Equal([("c", "1")], Pairs(await store.NodesSinceAsync(Acme, 0, Token)));
    }

    [Fact]
    public async Task Very_many_entries_are_set_at_once()
    {
        var store = await OpenAsync();
        await store.SetNodesAsync(Acme, [new("dropped", "1"), new("2400", "old")], [], Noon, Token);
        StoredNode[] nodes = [.. Enumerable.Range(0, 2500).Select(number => new StoredNode($"{number}", $"value {number}"))];
        await store.SetNodesAsync(Acme, nodes, ["dropped", "2400"], Noon, Token);
        var all = await store.NodesSinceAsync(Acme, 0, Token);
        Assert.Equal(nodes.OrderBy(node => node.Key, StringComparer.Ordinal), all.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal));
        Assert.Empty((await store.NodesSinceAsync(Acme, all.Version, Token)).Nodes);
    }

    [Fact]
    public async Task A_key_that_is_set_and_dropped_at_once_is_set()
    {
        var store = await OpenAsync();
        await store.SetNodesAsync(Acme, [new("a", "1")], [], Noon, Token);
        await store.SetNodesAsync(Acme, [new("a", "2"), new("b", "1")], ["a", "b"], Noon, Token);
        Assert.Equal([("a", "2"), ("b", "1")], Pairs(await store.NodesSinceAsync(Acme, 0, Token)));
    }

    [Fact]
    public async Task Nothing_that_stands_for_itself_is_written_into_a_store_that_is_not_ours_any_more()
    {
        var store = await OpenAsync();
        await LoseMetaAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SetGuardAsync(Guard("k", 1), Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SetNodesAsync(Acme, [new("a", "1")], [], Noon, Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.BeatAsync(new("one", Noon, ""), Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(AuditJournal.Refusals, Guid.NewGuid(), Bytes("x"), Token));
        Assert.Null((await store.ChangesSinceAsync(0, 0, Token)).DeploymentId);
    }

    [Fact]
    public async Task A_store_with_data_and_no_meta_entry_is_not_taken_for_a_new_one()
    {
        var store = await OpenAsync();
        await CommittedAsync(store, Commit(Acme, 1));
        await LoseMetaAsync();
        await store.DisposeAsync();
        Assert.Equal(StoreReason.Foreign, (await Assert.ThrowsAsync<StoreRefusedException>(() => Create().OpenAsync(Token))).Reason);
    }

    [Fact]
    public async Task Ten_thousand_nodes_are_set_and_read_at_once()
    {
        var store = await OpenAsync();
        var nodes = Enumerable.Range(0, 10_000).Select(number => new StoredNode($"server:{number}", $"{{\"node\":\"node-{number}\"}}")).ToList();
        await store.SetNodesAsync(Acme, nodes, [], Noon, Token);
        Assert.Equal(nodes.Order(ByKey), (await store.NodesSinceAsync(Acme, 0, Token)).Nodes.Order(ByKey));
    }

    [Fact]
    public async Task Signs_of_life_are_of_every_server_and_of_the_last_day()
    {
        var store = await OpenAsync();
        await store.BeatAsync(new("old", Noon, "keys main"), Token);
        await AgeAsync(StoredNode.Lifetime + TimeSpan.FromMinutes(1));
        await store.BeatAsync(new("one", Noon, ""), Token);
        var beats = await store.BeatAsync(new("two", Noon, "keys main 2027"), Token);
        Assert.Contains(("two", Noon, "keys main 2027"), Said(beats));
        Assert.DoesNotContain("old", beats.Select(beat => beat.Server));
    }

    [Theory]
    [InlineData(25)]
    [InlineData(-25)]
    [InlineData(1_000_000)]
    public async Task No_servers_clock_makes_old_what_another_left(int hours)
    {
        var store = await OpenAsync();
        var there = Noon + TimeSpan.FromHours(hours);
        await store.BeatAsync(new("one", Noon, "keys main"), Token);
        await store.SetNodesAsync(Acme, [new("one:a", "1")], [], Noon, Token);
        await store.SetNodesAsync(Acme, [new("two:a", "1")], [], there, Token);
        Assert.Equal([("one", Noon, "keys main"), ("two", there, "")], Said(await store.BeatAsync(new("two", there, ""), Token)));
        Assert.Equal([("one", Noon, ""), ("two", there, "")], Said(await store.BeatAsync(new("one", Noon, ""), Token)));
        await store.SetNodesAsync(Acme, [new("one:b", "1")], [], Noon, Token);
        Assert.Equal([("one:a", "1"), ("one:b", "1"), ("two:a", "1")], Pairs(await store.NodesSinceAsync(Acme, 0, Token)));
    }

    private static IEnumerable<(string, DateTimeOffset, string)> Said(IEnumerable<MemberHeartbeat> beats) =>
        beats.OrderBy(beat => beat.Server, StringComparer.Ordinal).Select(beat => (beat.Server, beat.Time, beat.About));

    private static Comparer<StoredNode> ByKey => Comparer<StoredNode>.Create((one, other) => string.CompareOrdinal(one.Key, other.Key));

    private static (int, long) Count(NodeChanges changes) => (changes.Nodes.Count, changes.Version);

    private static IEnumerable<(string, string)> Pairs(NodeChanges changes) =>
        changes.Nodes.OrderBy(node => node.Key, StringComparer.Ordinal).Select(node => (node.Key, node.Value));
}
