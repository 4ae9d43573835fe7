using GrpcCreds.Client;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

public sealed class SourceTests
{
    [Fact]
    public async Task A_source_knows_nothing_until_the_first_answer_and_then_holds_the_session()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        Assert.Null(source.Current);
        Assert.Equal(SourceState.Connecting, source.State);

        await stream.SendAsync(Say.Session("acme", 7));

        var session = await source.GetAsync(TestContext.Current.CancellationToken).AsTask().Soon("a session");
        Assert.Equal(SourceState.Live, source.State);
        Assert.Same(session, source.Current);
        Assert.Equal(
            ("acme", 7L, Say.Canary + "7", "https://acme.my.salesforce.com", Mode.Password),
            (session.TenantId, session.Revision, session.RevealAccessToken(), session.InstanceUrl, session.Mode));
    }

    [Fact]
    public async Task The_request_carries_the_node_the_interval_and_the_tenant()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.OpenAsync();

        Assert.Equal("node-1", stream.Request.NodeId);
        Assert.Equal(WatchedWorld.Interval, stream.Request.HeartbeatInterval.ToTimeSpan());
        Assert.Equal(new Dictionary<string, long> { ["acme"] = 0 }, stream.Known);
    }

    [Fact]
    public async Task A_revision_that_no_commit_can_have_makes_room_for_a_lower_one()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        var ahead = (DateTime.UtcNow.AddHours(25) - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        await stream.SendAsync(Say.Session("acme", ahead));
        await source.Holds(ahead);

        await stream.SendAsync(Say.Session("acme", 8));
        Assert.IsType<SalesforceSession>(await source.Holds(8));
        // And from there on it only grows again.
        await stream.SendAsync(Say.Session("acme", 7));
        await stream.SendAsync(Say.Session("acme", 9));
        await source.Holds(9);
    }

    [Fact]
    public async Task A_change_replaces_what_was_held()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        await stream.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);
        await stream.SendAsync(Say.None("acme", 9, Availability.SwitchedOff));

        var none = Assert.IsType<NoSession>(await source.Holds(9));
        Assert.Equal((Availability.SwitchedOff, "SwitchedOff advice"), (none.Cause, none.Advice));
        Assert.Equal(SourceState.Live, source.State);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    public async Task A_revision_not_above_the_one_held_is_ignored(long revision)
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync(revision: 7);
        var held = source.Current;

        await stream.SendAsync(Say.None("acme", revision, Availability.Deleted), Say.Session("acme", revision));
        await world.SyncAsync(stream);

        Assert.Same(held, source.Current);
    }

    [Fact]
    public async Task A_message_without_a_session_or_for_a_tenant_nobody_asked_for_is_ignored()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        var empty = Say.Session("acme", 8);
        empty.Credential.Session = null;

        await stream.SendAsync(empty, Say.Session("other", 9), new WatchActiveCredentialResponse());
        await world.SyncAsync(stream);

        Assert.Equal(7, source.Current!.Revision);
    }

    [Fact]
    public async Task Not_permitted_drops_the_session_and_the_same_revision_may_come_back()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync(revision: 7);

        await stream.SendAsync(Say.None("acme", 0, Availability.NotPermitted));
        var none = Assert.IsType<NoSession>(await source.Holds(0));
        Assert.Equal(Availability.NotPermitted, none.Cause);

        await stream.SendAsync(Say.Session("acme", 7));
        Assert.IsType<SalesforceSession>(await source.Holds(7));
    }

    [Fact]
    public async Task Unreadable_keeps_the_session_and_makes_the_source_stale_until_its_next_state()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        await stream.SendAsync(Say.None("acme", 0, Availability.Unreadable));
        await source.Becomes(SourceState.Stale);
        Assert.Equal(7, Assert.IsType<SalesforceSession>(source.Current).Revision);

        await stream.SendAsync(Say.Session("acme", 8));
        await source.Becomes(SourceState.Live);
    }

    [Fact]
    public async Task Unreadable_is_the_answer_where_nothing_was_held()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();

        await stream.SendAsync(Say.None("acme", 0, Availability.Unreadable));

        var answer = await source.GetAnswerAsync(TestContext.Current.CancellationToken).AsTask().Soon("an answer");
        Assert.Equal(Availability.Unreadable, Assert.IsType<NoSession>(answer).Cause);
        Assert.Equal(SourceState.Stale, source.State);
    }

    [Fact]
    public async Task GetAsync_waits_for_a_session_while_there_is_none_and_GetAnswerAsync_does_not()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        var session = source.GetAsync(TestContext.Current.CancellationToken).AsTask();
        await stream.SendAsync(Say.None("acme", 0, Availability.NotConfigured));

        Assert.IsType<NoSession>(await source.GetAnswerAsync(TestContext.Current.CancellationToken).AsTask().Soon("an answer"));
        Assert.False(session.IsCompleted);

        await stream.SendAsync(Say.Session("acme", 1));
        Assert.Equal(1, (await session.Soon("a session")).Revision);
    }

    [Fact]
    public async Task GetAsync_ends_when_its_caller_cancels()
    {
        await using var world = await WatchedWorld.StartAsync();
        using var cancel = new CancellationTokenSource();
        var session = world.Watch.For("acme").GetAsync(cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => session.Soon("the wait ends"));
    }

    [Fact]
    public async Task A_slow_reader_of_changes_gets_only_the_newest()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync(revision: 1);
        await using var reader = source.ChangesAsync(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await reader.MoveNextAsync());
        Assert.Equal(1, reader.Current.Revision);

        for (var revision = 2; revision <= 50; revision++)
            await stream.SendAsync(Say.Session("acme", revision));
        await source.Holds(50);

        Assert.True(await reader.MoveNextAsync().AsTask().Soon("a change"));
        Assert.Equal(50, reader.Current.Revision);
    }

    [Fact]
    public async Task Two_readers_of_changes_do_not_take_from_each_other()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        var readers = new[] { source.Holds(8), source.Holds(8) };

        await stream.SendAsync(Say.Session("acme", 8));

        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task What_is_not_configured_is_told_once_though_it_comes_with_every_stream()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        await stream.SendAsync(Say.None("acme", 0, Availability.NotConfigured));
        await world.SyncAsync(stream);
        var held = source.Current;

        await stream.SendAsync(Say.None("acme", 0, Availability.NotConfigured));
        await world.SyncAsync(stream);

        Assert.Same(held, source.Current);
    }
}
