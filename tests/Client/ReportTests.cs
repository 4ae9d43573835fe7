using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>The client's reports to the service about the credentials that this node uses.</summary>
public sealed class ReportTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_is_reported_when_it_is_taken_and_once()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        Assert.False(world.Time.IsGathering);

        await source.GetAsync(Cancel);
        await source.GetAsync(Cancel);
        Assert.NotNull(source.Current);

        var report = await world.ReportedAsync();
        Assert.Equal(["acme 7 Applied"], report.Said);
        Assert.Equal(("node-1", stream.Request.InstanceId), (report.Request.NodeId, report.Request.InstanceId));
        Assert.True(Guid.TryParse(report.Request.InstanceId, out _));
        await source.GetAsync(Cancel);
        Assert.False(world.Time.IsGathering);
    }

    [Fact]
    public async Task Each_way_to_take_a_session_counts()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (current, changed, waited) = (world.Watch.For("current"), world.Watch.For("changed"), world.Watch.For("waited"));
        var (_, stream) = await world.OpenAsync();
        var session = waited.GetAsync(Cancel).AsTask();
        await stream.SendAsync(Say.Session("current", 1), Say.Session("changed", 2), Say.Session("waited", 3), Say.Session("acme", 4));
        await world.SyncAsync(stream);

        Assert.NotNull(current.Current);
        await changed.Holds(2);
        await session.Soon("a session");

        Assert.Equal(["changed 2 Applied", "current 1 Applied", "waited 3 Applied"], (await world.ReportedAsync()).Said);
    }

    [Fact]
    public async Task That_there_is_no_session_is_applied_when_it_arrives_and_what_stands_outside_the_revisions_is_not_reported()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Watch.For("foreign");
        var (_, stream) = await world.LiveAsync();

        await stream.SendAsync(Say.None("foreign", 0, Availability.NotPermitted), Say.None("acme", 8, Availability.SwitchedOff));

        Assert.Equal(["acme 8 Applied"], (await world.ReportedAsync()).Said);
    }

    [Fact]
    public async Task An_application_that_tells_by_itself_is_not_spoken_for()
    {
        await using var world = await WatchedWorld.StartAsync(options => options.ReportApplied = ReportApplied.WhenTold);
        var (source, stream) = await world.LiveAsync();
        var session = await source.GetAsync(Cancel);
        await stream.SendAsync(Say.None("acme", 8, Availability.SwitchedOff));
        await source.Holds(8);
        Assert.False(world.Time.IsGathering);

        source.ReportApplied(session);

        Assert.Equal(["acme 7 Applied"], (await world.ReportedAsync()).Said);
        Assert.Throws<ArgumentException>("answer", () => world.Watch.For("other").ReportApplied(session));
    }

    [Fact]
    public async Task Many_tenants_share_a_call()
    {
        await using var world = await WatchedWorld.StartAsync();
        var sources = Enumerable.Range(1, 50).Select(number => world.Watch.For($"t{number}")).ToList();
        var (_, stream) = await world.OpenAsync("t1");
        foreach (var source in sources)
            await stream.SendAsync(Say.Session(source.TenantId, 5));
        await world.SyncAsync(stream);

        Assert.All(sources, source => Assert.NotNull(source.Current));

        Assert.Equal(50, (await world.ReportedAsync()).Said.Count);
        Assert.False(world.Server.HasNewReport);
    }

    [Fact]
    public async Task While_a_report_is_under_way_only_the_newest_waits()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var (source, stream) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        var first = await world.ReportedAsync();
        for (var revision = 8; revision <= 10; revision++)
        {
            await stream.SendAsync(Say.Session("acme", revision));
            await source.Holds(revision);
        }
        await world.Time.PassGatheringAsync();
        Assert.False(world.Server.HasNewReport);

        first.Answer(ReportVerdict.Superseded);

        var second = await world.ReportedAsync();
        Assert.Equal(["acme 10 Applied"], second.Said);
        second.Answer(ReportVerdict.Noted);
    }

    [Fact]
    public async Task A_slow_answer_holds_up_no_other_tenant()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var other = world.Watch.For("other");
        var (source, stream) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        var slow = await world.ReportedAsync();

        await stream.SendAsync(Say.Session("other", 1));
        await other.Holds(1);

        var quick = await world.ReportedAsync();
        Assert.Equal(["other 1 Applied"], quick.Said);
        quick.Answer(ReportVerdict.Noted);
        slow.Answer(ReportVerdict.Noted);
    }

    [Theory]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.DeadlineExceeded)]
    [InlineData(StatusCode.Internal)]
    public async Task A_report_that_failed_is_sent_again_after_the_back_off(StatusCode status)
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var (source, _) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        (await world.ReportedAsync()).Fail(status);

        Assert.InRange(await world.Time.PassWaitAsync(), TimeSpan.Zero, TimeSpan.FromMilliseconds(500));

        var again = await world.ReportedAsync();
        Assert.Equal(["acme 7 Applied"], again.Said);
        again.Answer(ReportVerdict.Noted);
    }

    [Fact]
    public async Task After_a_reconnect_the_last_report_of_each_tenant_is_repeated()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        var first = await world.ReportedAsync();

        stream.Cut();
        await world.SyncAsync(await world.ReopenedAsync());

        var repeated = await world.ReportedAsync();
        Assert.Equal(first.Said, repeated.Said);
        Assert.Equal(first.Request.InstanceId, repeated.Request.InstanceId);
    }

    [Fact]
    public async Task A_stream_that_is_opened_again_for_a_new_tenant_repeats_nothing()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        await world.ReportedAsync();

        world.Watch.For("other");
        world.Time.Advance(WatchStream.Coalesce);
        await world.SyncAsync(await world.Server.NextStreamAsync());

        Assert.False(world.Time.IsGathering);
    }

    [Theory]
    [InlineData(StatusCode.Unimplemented)]
    [InlineData(StatusCode.InvalidArgument)]
    public async Task A_service_that_takes_no_reports_is_left_alone_until_the_stream_is_opened_anew(StatusCode status)
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var (source, stream) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        (await world.ReportedAsync()).Fail(status);
        await world.LoggedAsync("accepts no reports");

        await stream.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);
        await world.Time.PassGatheringAsync();
        await world.BeatAsync(stream, 1);
        Assert.False(world.Server.HasNewReport);
        Assert.Equal(SourceState.Live, source.State);

        world.Server.HoldsReports = false;
        stream.Cut();
        await world.SyncAsync(await world.ReopenedAsync());
        Assert.Equal(["acme 8 Applied"], (await world.ReportedAsync()).Said);
        Assert.Single(world.Logs.GetSnapshot(), line =>
            line.Level == LogLevel.Warning && line.Message.Contains("accepts no reports", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_released_tenant_is_left()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, _) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        await world.ReportedAsync();

        world.Watch.Release("acme");
        Assert.Equal(["acme leaves"], (await world.ReportedAsync()).Said);

        Assert.NotNull(source.Current);
        Assert.False(world.Time.IsGathering);
    }

    [Fact]
    public async Task Disposing_says_goodbye_for_every_tenant_the_service_has_answered_for()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Watch.For("unanswered");
        world.Watch.For("untaken");
        var (source, stream) = await world.LiveAsync();
        await stream.SendAsync(Say.Session("untaken", 3));
        await source.GetAsync(Cancel);
        await world.SyncAsync(stream);

        await world.Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");

        Assert.Equal(["acme leaves", "untaken leaves"], (await world.Server.NextReportAsync()).Said);
        Assert.False(world.Server.HasNewReport);
    }

    [Fact]
    public async Task A_goodbye_waits_for_what_is_under_way_and_not_longer_than_2_s()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.HoldsReports = true;
        var (source, _) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        var underWay = await world.ReportedAsync();

        var disposed = world.Watch.DisposeAsync().AsTask();
        await source.Becomes(SourceState.Stopped);
        Assert.False(world.Server.HasNewReport);
        underWay.Answer(ReportVerdict.Noted);
        Assert.Equal(["acme leaves"], (await world.Server.NextReportAsync()).Said);
        Assert.False(disposed.IsCompleted);
        world.Time.Advance(Reporter.GoodbyeLimit);

        await disposed.Soon("the watch is disposed of");
    }

    [Fact]
    public async Task An_observer_reports_nothing()
    {
        await using var world = await WatchedWorld.StartAsync(options => options.NodeId = null);
        var (source, stream) = await world.LiveAsync();
        Assert.Equal("", stream.Request.InstanceId);

        source.ReportApplied(await source.GetAsync(Cancel));
        await stream.SendAsync(Say.None("acme", 8, Availability.Deleted));
        await source.Holds(8);
        await world.Watch.DisposeAsync();

        Assert.False(world.Time.IsGathering);
        Assert.False(world.Server.HasNewReport);
    }

    [Fact]
    public async Task A_stream_whose_name_another_took_goes_on_under_a_new_one_and_reports_under_it()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        await source.GetAsync(Cancel);
        await world.ReportedAsync();

        stream.End(StatusCode.Aborted, "a newer stream of this instance has taken its place");
        var again = await world.ReopenedAsync();
        await world.SyncAsync(again);

        Assert.NotEqual(stream.Request.InstanceId, again.Request.InstanceId);
        Assert.Equal(again.Request.InstanceId, (await world.ReportedAsync()).Request.InstanceId);
    }

    [Fact]
    public async Task Reports_carry_the_callers_headers()
    {
        await using var world = await WatchedWorld.StartAsync(options => options.CallerHeaders =
            (_, _) => ValueTask.FromResult(new Metadata { { "authorization", $"Bearer {Say.Canary}" } }));
        var (source, _) = await world.LiveAsync();
        await source.GetAsync(Cancel);

        Assert.Equal($"Bearer {Say.Canary}", (await world.ReportedAsync()).Authorization);
        Assert.All(world.Logs.GetSnapshot(), line => Assert.DoesNotContain(Say.Canary, $"{line} {line.Exception}", StringComparison.Ordinal));
    }
}
