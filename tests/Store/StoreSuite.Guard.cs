using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

public abstract partial class StoreSuite
{
    [Fact]
    public async Task A_guard_entry_is_read_back_as_it_was_written()
    {
        var store = await OpenAsync();
        Assert.Null(await store.GuardAsync("a", Noon, Token));

        Assert.True(await store.SetGuardAsync(Guard("a", 7), Token));
        Assert.True(await store.SetGuardAsync(Guard("b", long.MaxValue), Token));

        await AssertGuardAsync(store, "a", 7);
        await AssertGuardAsync(store, "b", long.MaxValue);
        Assert.Null(await store.GuardAsync("c", Noon, Token));
        Assert.Equal(0, (await store.ChangesSinceAsync(0, 0, Token)).Seq);
    }

    [Fact]
    public async Task A_guard_entry_of_another_version_is_not_overwritten()
    {
        var store = await OpenAsync();
        Assert.False(await store.SetGuardAsync(Guard("a", 7, read: 6), Token));
        Assert.Null(await store.GuardAsync("a", Noon, Token));

        Assert.True(await store.SetGuardAsync(Guard("a", 7), Token));
        Assert.False(await store.SetGuardAsync(Guard("a", 8), Token));
        Assert.False(await store.SetGuardAsync(Guard("a", 9, read: 8), Token));
        await AssertGuardAsync(store, "a", 7);

        Assert.True(await store.SetGuardAsync(Guard("a", 8, read: 7), Token));
        await AssertGuardAsync(store, "a", 8);
    }

    [Fact]
    public async Task A_guard_version_that_does_not_grow_is_a_mistake_of_the_caller()
    {
        var store = await OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.SetGuardAsync(Guard("a", 7, read: 7), Token));
    }

    [Fact]
    public async Task Versions_beyond_what_a_double_holds_are_told_apart()
    {
        const long Big = 1L << 60;
        var store = await OpenAsync();
        Assert.True(await store.SetGuardAsync(Guard("a", Big), Token));
        Assert.False(await store.SetGuardAsync(Guard("a", Big + 5, read: Big + 1), Token));
        Assert.True(await store.SetGuardAsync(Guard("a", Big + 5, read: Big), Token));
    }

    [Fact]
    public async Task Of_concurrent_writers_of_a_guard_entry_one_wins_each_round()
    {
        var store = await OpenAsync();
        for (var round = 0; round < 5; round++)
        {
            var read = round * 100;
            var won = await Task.WhenAll(Enumerable.Range(1, Writers).Select(writer => store.SetGuardAsync(Guard("a", read + 100, read), Token)));
            Assert.Single(won, true);
        }
    }

    [Fact]
    public async Task A_guard_entry_goes_when_its_time_is_over_and_a_new_one_can_begin()
    {
        var store = await OpenAsync();
        var brief = TimeSpan.FromMilliseconds(100);
        Assert.True(await store.SetGuardAsync(Guard("long", 1), Token));
        Assert.True(await store.SetGuardAsync(Guard("brief", 1) with { Lifetime = TimeSpan.FromHours(1) }, Token));
        Assert.True(await store.SetGuardAsync(Guard("brief", 2, read: 1) with { Lifetime = brief }, Token));

        // The embedded store goes by the caller's clock, Redis by its own.
        await Waiting.UntilAsync(async () => await store.GuardAsync("brief", Noon + brief, Token) is null, "the entry is gone");

        Assert.False(await store.SetGuardAsync(Guard("brief", 3, read: 2) with { Now = Noon + brief }, Token));
        Assert.True(await store.SetGuardAsync(Guard("brief", 3) with { Now = Noon + brief }, Token));
        await AssertGuardAsync(store, "brief", 3);
        await AssertGuardAsync(store, "long", 1);
    }

    [Fact]
    public async Task A_guard_entry_survives_the_store_being_closed()
    {
        var first = await OpenAsync();
        Assert.True(await first.SetGuardAsync(Guard("a", 7), Token));
        await first.DisposeAsync();
        await AssertGuardAsync(await OpenAsync(), "a", 7);
    }

    private static CasWrite Guard(string key, long version, long read = 0) => new()
    {
        Key = key,
        ReadVersion = read,
        Version = version,
        Sealed = Bytes($"guard {key} {version}"),
        Now = Noon,
        Lifetime = TimeSpan.FromMinutes(10),
    };

    private static async Task AssertGuardAsync(IStore store, string key, long version)
    {
        var guard = await store.GuardAsync(key, Noon, Token);
        Assert.Equal((version, $"guard {key} {version}"), (guard!.Version, Text(guard.Sealed)));
    }
}
