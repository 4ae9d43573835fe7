using GrpcCreds.Client;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>A session that Salesforce refused, and the one that takes its place.</summary>
public sealed class ReplaceTests
{
    private const string Code = "INVALID_SESSION_ID";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task However_many_callers_come_with_it_a_rejection_is_reported_once_and_all_get_the_newer_session()
    {
        await using var world = await HeldAsync();
        var (source, stream, session) = await LiveAsync(world);

        var waiting = Enumerable.Range(0, 20).Select(_ => source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel)).ToList();
        var report = await world.ReportedAsync();
        report.Answer(ReportVerdict.Refreshing);
        await stream.SendAsync(Say.Session("acme", 8));

        Assert.Equal(["acme 7 Rejected SessionRefused INVALID_SESSION_ID"], report.Said);
        Assert.All(await Task.WhenAll(waiting).Soon("newer sessions"), newer => Assert.Equal(8, newer!.Revision));
        var applied = await world.ReportedAsync();
        Assert.Equal(["acme 8 Applied"], applied.Said);
    }

    [Fact]
    public async Task A_newer_session_that_is_held_is_returned_at_once_and_nothing_is_rejected()
    {
        await using var world = await HeldAsync();
        var (source, stream, session) = await LiveAsync(world);
        await stream.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);

        var newer = await source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);

        Assert.Equal(8, newer!.Revision);
        Assert.Equal(["acme 8 Applied"], (await world.ReportedAsync()).Said);
    }

    [Fact]
    public async Task Nobody_waits_longer_than_5_s()
    {
        await using var world = await HeldAsync();
        var (source, _, session) = await LiveAsync(world);
        var waiting = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Refreshing);

        world.Time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.Null(await waiting.Soon("the wait ends"));
    }

    [Theory]
    [InlineData(ReportVerdict.Noted)]
    [InlineData(ReportVerdict.Suspended)]
    [InlineData(ReportVerdict.NotPermitted)]
    [InlineData(ReportVerdict.Unreadable)]
    public async Task Nobody_waits_where_nothing_will_come(ReportVerdict verdict)
    {
        await using var world = await HeldAsync();
        var (source, _, session) = await LiveAsync(world);
        var waiting = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);

        (await world.ReportedAsync()).Answer(verdict);

        Assert.Null(await waiting.Soon("the wait ends"));
    }

    [Fact]
    public async Task The_wait_ends_when_the_service_says_that_there_is_no_session()
    {
        await using var world = await HeldAsync();
        var (source, stream, session) = await LiveAsync(world);
        var waiting = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Refreshing);

        await stream.SendAsync(Say.None("acme", 8, Availability.ReauthorizationRequired));

        Assert.Null(await waiting.Soon("the wait ends"));
    }

    [Fact]
    public async Task The_same_revision_is_not_rejected_again_before_the_service_wants_to_hear_it()
    {
        await using var world = await HeldAsync();
        var (source, _, session) = await LiveAsync(world);
        var first = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Noted, retryAfter: TimeSpan.FromSeconds(30));
        await first.Soon("the wait ends");

        world.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.Null(await source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel).Soon("the wait ends"));
        Assert.False(world.Time.IsGathering);

        world.Time.Advance(TimeSpan.FromSeconds(1));
        var last = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Noted);
        Assert.Null(await last.Soon("the wait ends"));
    }

    [Fact]
    public async Task Without_a_report_the_newer_session_is_waited_for_all_the_same()
    {
        await using var world = await WatchedWorld.StartAsync(options => options.NodeId = null);
        var (source, stream) = await world.LiveAsync();
        var session = await source.GetAsync(Cancel);
        Assert.Null(await source.ReplaceAsync(session, FailureClass.NotPermitted, null, Cancel).Soon("what no session cures is not waited for"));

        var waiting = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);
        await stream.SendAsync(Say.Session("acme", 8));

        Assert.Equal(8, (await waiting.Soon("a newer session"))!.Revision);
    }

    [Fact]
    public async Task The_wait_ends_when_its_caller_cancels_and_when_the_watch_is_disposed_of()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();
        var session = await source.GetAsync(Cancel);
        using var cancel = new CancellationTokenSource();
        var cancelled = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, cancel.Token);
        var waiting = source.ReplaceAsync(session, FailureClass.SessionRefused, Code, Cancel);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.Soon("the wait ends"));
        await world.Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");

        Assert.Null(await waiting.Soon("the wait ends"));
    }

    [Fact]
    public async Task What_cannot_be_reported_is_refused_at_once()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();
        var session = await source.GetAsync(Cancel);

        await Assert.ThrowsAsync<ArgumentException>("why", () => source.ReplaceAsync(session, FailureClass.Unspecified, null, Cancel));
        await Assert.ThrowsAsync<ArgumentException>("salesforceCode", () => source.ReplaceAsync(session, FailureClass.SessionRefused, "two words", Cancel));
        await Assert.ThrowsAsync<ArgumentException>("rejected",
            () => world.Watch.For("other").ReplaceAsync(session, FailureClass.SessionRefused, null, Cancel));
    }

    private static async Task<WatchedWorld> HeldAsync()
    {
        var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        return world;
    }

    /// <summary>A session that is in use, which the service knows.</summary>
    private static async Task<(CredentialSource Source, ScriptedStream Stream, SalesforceSession Session)> LiveAsync(WatchedWorld world)
    {
        var (source, stream) = await world.LiveAsync();
        var session = await source.GetAsync(Cancel);
        (await world.ReportedAsync()).Answer(ReportVerdict.Noted);
        await world.SyncAsync(stream);
        return (source, stream, session);
    }
}
