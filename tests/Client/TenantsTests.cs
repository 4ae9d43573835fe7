using Grpc.Core;
using GrpcCreds.Client;
using Xunit;

namespace GrpcCreds.Tests.Client;

public sealed class TenantsTests
{
    private static readonly TimeSpan Coalesce = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Tenants_asked_for_together_share_one_stream()
    {
        await using var world = await WatchedWorld.StartAsync();
        var sources = Enumerable.Range(0, 20).Select(number => world.Watch.For($"t{number}")).ToList();
        var (_, stream) = await world.OpenAsync("t0");
        Assert.Equal(20, stream.Request.Tenants.Count);

        foreach (var source in sources)
            await stream.SendAsync(Say.Session(source.TenantId, 5));

        foreach (var source in sources)
            Assert.Equal(source.TenantId, (await source.Holds(5)).TenantId);
        Assert.False(world.Server.HasNewStream);
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.Unauthenticated)]
    public async Task A_tenant_added_after_a_refusal_is_asked_for_at_once_however_long_the_refused_ones_wait(StatusCode status)
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.OpenAsync("refused");
        stream.End(status);
        stream = await world.ReopenedAsync();
        stream.End(status);
        await world.LoggedAsync($"ended with {status}");
        await world.LoggedAsync($"ended with {status}");

        var permitted = world.Watch.For("permitted");
        world.Time.Advance(Coalesce);
        stream = await world.Server.NextStreamAsync();
        Assert.Equal(["permitted", "refused"], stream.Known.Keys.Order());
        await stream.SendAsync(Say.Session("permitted", 1), Say.Synced());
        await permitted.Holds(1);
    }

    [Fact]
    public async Task Tenants_that_keep_being_added_after_refusals_are_asked_for_once_a_second()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.OpenAsync("t0");
        stream.End(StatusCode.PermissionDenied);
        stream = await world.ReopenedAsync();
        stream.End(StatusCode.PermissionDenied);
        await world.LoggedAsync("ended with PermissionDenied");
        await world.LoggedAsync("ended with PermissionDenied");
        Assert.InRange(await world.Time.NextWaitAsync(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(66));
        world.Watch.For("t1");
        world.Time.Advance(Coalesce);
        stream = await world.Server.NextStreamAsync();
        stream.End(StatusCode.PermissionDenied);
        await world.LoggedAsync("ended with PermissionDenied");
        Assert.InRange(await world.Time.NextWaitAsync(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(66));
        world.Watch.For("t2");
        world.Time.Advance(Coalesce);
        Assert.Equal(Reconnect.FirstRefusal - Coalesce, await world.Time.PassWaitAsync());
        Assert.Equal(3, (await world.Server.NextStreamAsync()).Known.Count);
    }

    [Fact]
    public async Task A_refused_request_does_not_stop_the_watch_while_another_one_is_due()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.OpenAsync("wrong");
        var added = world.Watch.For("right");
        world.Watch.Release("wrong");
        stream.End(StatusCode.InvalidArgument);
        stream = await world.Server.NextStreamAsync();
        Assert.Equal(["right"], stream.Known.Keys);
        await stream.SendAsync(Say.Session("right", 1), Say.Synced());
        await added.Holds(1);
        await added.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task The_same_tenant_is_the_same_source()
    {
        await using var world = await WatchedWorld.StartAsync();

        Assert.Same(world.Watch.For("acme"), world.Watch.For("acme"));
        Assert.NotSame(world.Watch.For("acme"), world.Watch.For("acme2"));
    }

    [Fact]
    public async Task Tenants_added_later_restart_the_stream_once_and_the_others_lose_nothing()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync(revision: 7);
        var states = new List<SourceState>();
        var watching = Task.Run(
            async () =>
            {
                await foreach (var state in source.StatesAsync(TestContext.Current.CancellationToken))
                    states.Add(state);
            },
            TestContext.Current.CancellationToken);

        world.Watch.For("b");
        world.Time.Advance(Coalesce / 2);
        world.Watch.For("c");
        Assert.False(world.Server.HasNewStream);
        await stream.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);
        world.Time.Advance(Coalesce / 2);

        var again = await world.Server.NextStreamAsync();
        await stream.GoneAsync();
        Assert.Equal(new Dictionary<string, long> { ["acme"] = 8, ["b"] = 0, ["c"] = 0 }, again.Known);
        Assert.Equal(stream.ConnectionId, again.ConnectionId);

        await again.SendAsync(Say.Session("acme", 9));
        await source.Holds(9);
        await world.Watch.DisposeAsync();
        await watching.Soon("the states end");
        Assert.Equal([SourceState.Live, SourceState.Stopped], states);
    }

    [Fact]
    public async Task Tenants_added_all_the_time_make_nobody_stale()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        for (var number = 0; number < 10; number++)
        {
            world.Time.Advance(WatchedWorld.Interval / 2);
            world.Watch.For($"t{number}");
            world.Time.Advance(Coalesce);
            stream = await world.Server.NextStreamAsync();
            await world.SyncAsync(stream);
            Assert.Equal(SourceState.Live, source.State);
        }
    }

    [Fact]
    public async Task A_tenant_added_to_a_stale_stream_is_stale_as_the_others_are()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();
        world.Time.Advance(3 * WatchedWorld.Interval);
        await source.Becomes(SourceState.Stale);

        var added = world.Watch.For("added");
        var stream = await world.ReopenedAsync();
        await stream.SendAsync(Say.Session("added", 1));
        await added.Becomes(SourceState.Stale);
        await stream.SendAsync(Say.Synced());

        await added.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task A_released_tenant_stops_and_leaves_the_stream()
    {
        await using var world = await WatchedWorld.StartAsync();
        var other = world.Watch.For("other");
        var (source, stream) = await world.LiveAsync();

        Assert.True(world.Watch.Release("acme"));
        Assert.False(world.Watch.Release("acme"));
        Assert.Equal((SourceState.Stopped, "the tenant was released"), (source.State, source.StopReason));
        world.Time.Advance(Coalesce);

        var again = await world.Server.NextStreamAsync();
        await stream.GoneAsync();
        Assert.Equal(["other"], again.Known.Keys);
        await again.SendAsync(Say.Session("acme", 9), Say.Session("other", 1));
        await other.Holds(1);
        Assert.Equal(7, source.Current!.Revision);
    }

    [Fact]
    public async Task A_tenant_released_and_asked_for_again_begins_anew()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();

        world.Watch.Release("acme");
        var second = world.Watch.For("acme");
        world.Time.Advance(Coalesce);

        Assert.NotSame(source, second);
        Assert.Equal(0, (await world.Server.NextStreamAsync()).Known["acme"]);
    }

    [Fact]
    public async Task Without_tenants_there_is_no_stream_until_the_next_tenant()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.LiveAsync();
        world.Watch.Release("acme");
        world.Time.Advance(Coalesce);
        await stream.GoneAsync();
        Assert.False(world.Server.HasNewStream);

        await world.LoggedAsync("nothing to watch");
        world.Watch.For("next");
        world.Time.Advance(Coalesce);

        Assert.Equal(["next"], (await world.Server.NextStreamAsync()).Known.Keys);
    }

    [Fact]
    public async Task Beyond_a_thousand_tenants_there_is_a_second_stream()
    {
        await using var world = await WatchedWorld.StartAsync();
        foreach (var number in Enumerable.Range(0, 1_001))
            world.Watch.For($"t{number}");
        await world.Time.PassWaitAsync();
        await world.Time.PassWaitAsync();

        var streams = new[] { await world.Server.NextStreamAsync(), await world.Server.NextStreamAsync() };

        Assert.Equal([1, 1_000], streams.Select(stream => stream.Known.Count).Order());
        Assert.Equal(1_001, streams.SelectMany(stream => stream.Known.Keys).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Acme")]
    [InlineData("-acme")]
    [InlineData("acme-")]
    [InlineData("acme\n")]
    [InlineData("a b")]
    [InlineData("0123456789012345678901234567890123456789012345678901234567890123")]
    public async Task What_is_no_tenant_id_is_refused_before_it_could_stop_the_stream_of_the_others(string text)
    {
        await using var world = await WatchedWorld.StartAsync();

        Assert.Throws<ArgumentException>("tenantId", () => world.Watch.For(text));
    }
}
