using GrpcCreds.Client;
using Xunit;

namespace GrpcCreds.Tests.Client;

public sealed class FreshnessTests
{
    [Fact]
    public async Task Without_a_heartbeat_for_three_intervals_a_source_is_stale_and_its_stream_is_opened_again_elsewhere()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        world.Time.Advance(WatchedWorld.AlmostStale);
        Assert.Equal(SourceState.Live, source.State);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await source.Becomes(SourceState.Stale);
        await stream.GoneAsync();
        Assert.Equal(7, source.Current!.Revision);

        var again = await world.ReopenedAsync();
        Assert.NotEqual(stream.ConnectionId, again.ConnectionId);
        Assert.Equal(7, again.Known["acme"]);
        await again.SendAsync(Say.Synced());
        await source.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task While_as_of_moves_on_a_source_stays_live()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        for (var beat = 1; beat <= 10; beat++)
        {
            world.Time.Advance(WatchedWorld.Interval);
            await world.BeatAsync(stream, beat);
            Assert.Equal(SourceState.Live, source.State);
        }
    }

    [Fact]
    public async Task When_as_of_stands_still_for_three_intervals_a_source_is_stale_though_heartbeats_come_and_live_when_it_moves_on()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        await world.BeatAsync(stream, 1);
        await world.BeatAsync(stream, 2);

        world.Time.Advance(WatchedWorld.Interval);
        await world.BeatAsync(stream, 2);
        world.Time.Advance(WatchedWorld.Interval);
        await world.BeatAsync(stream, 2);
        Assert.Equal(SourceState.Live, source.State);
        world.Time.Advance(WatchedWorld.Interval);
        await source.Becomes(SourceState.Stale);
        Assert.False(world.Server.HasNewStream);

        await world.BeatAsync(stream, 3);
        await source.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task A_new_stream_does_not_hide_that_as_of_stands_still()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        for (var beat = 0; beat < 3; beat++)
        {
            await world.BeatAsync(stream, 9);
            world.Time.Advance(WatchedWorld.Interval);
        }
        await source.Becomes(SourceState.Stale);

        stream.Cut();
        stream = await world.ReopenedAsync();
        await world.SyncAsync(stream);
        const int ByAnotherClock = 5_000;
        await world.BeatAsync(stream, ByAnotherClock);
        await world.BeatAsync(stream, ByAnotherClock);
        Assert.Equal(SourceState.Stale, source.State);

        await world.BeatAsync(stream, ByAnotherClock + 1);
        await source.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task A_server_whose_clock_is_behind_the_last_ones_is_as_fresh()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        await world.BeatAsync(stream, 1_000);
        stream.Cut();
        stream = await world.ReopenedAsync();

        for (var beat = 1; beat <= 6; beat++)
        {
            await world.BeatAsync(stream, beat);
            world.Time.Advance(WatchedWorld.Interval);
            Assert.Equal(SourceState.Live, source.State);
        }
    }

    [Fact]
    public async Task Only_the_tenants_a_heartbeat_names_are_stale()
    {
        await using var world = await WatchedWorld.StartAsync();
        var other = world.Watch.For("other");
        var (source, stream) = await world.LiveAsync();
        await stream.SendAsync(Say.Session("other", 3));
        await other.Holds(3);

        await world.BeatAsync(stream, 1, "acme");
        Assert.Equal((SourceState.Stale, SourceState.Live), (source.State, other.State));

        await world.BeatAsync(stream, 2, "other");
        Assert.Equal((SourceState.Live, SourceState.Stale), (source.State, other.State));

        await stream.SendAsync(Say.Session("other", 4));
        await other.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task While_reconnecting_fails_what_is_held_becomes_stale_and_stays()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        world.Server.IsProxyWithoutRoute = true;
        stream.Cut();

        world.Time.Advance(3 * WatchedWorld.Interval);

        await source.Becomes(SourceState.Stale);
        Assert.Equal(7, (await source.GetAsync(TestContext.Current.CancellationToken)).Revision);
    }

    [Fact]
    public async Task A_tenant_without_an_answer_is_connecting_and_not_stale()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();

        world.Time.Advance(3 * WatchedWorld.Interval);

        await stream.GoneAsync();
        await world.ReopenedAsync();
        Assert.Equal(SourceState.Connecting, source.State);
    }
}
