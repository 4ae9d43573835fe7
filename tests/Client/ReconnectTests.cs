using System.Net.Sockets;
using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

public sealed class ReconnectTests
{
    [Fact]
    public async Task After_a_cut_the_stream_goes_on_from_what_is_held()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync(revision: 7);

        stream.Cut();
        var again = await world.ReopenedAsync();

        Assert.Equal(7, again.Known["acme"]);
        Assert.Equal("token 7", again.Request.Tenants.Single().ResumeToken.ToStringUtf8());
        Assert.Equal((SourceState.Live, 7L), (source.State, source.Current!.Revision));
        await again.SendAsync(Say.Session("acme", 8));
        await source.Holds(8);
    }

    [Fact]
    public async Task A_tenant_that_is_not_permitted_or_unreadable_is_asked_for_by_the_revision_still_held()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Watch.For("kept");
        var (dropped, stream) = await world.OpenAsync("dropped");
        await stream.SendAsync(Say.Session("kept", 7), Say.Session("dropped", 7));
        await stream.SendAsync(Say.None("kept", 0, Availability.Unreadable), Say.None("dropped", 0, Availability.NotPermitted));
        await dropped.Holds(0);

        stream.Cut();

        Assert.Equal(new Dictionary<string, long> { ["kept"] = 7, ["dropped"] = 0 }, (await world.ReopenedAsync()).Known);
    }

    [Theory]
    [InlineData(StatusCode.OK)]
    [InlineData(StatusCode.Unavailable)]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.ResourceExhausted)]
    [InlineData(StatusCode.Cancelled)]
    [InlineData(StatusCode.DataLoss)]
    public async Task Any_other_end_is_followed_by_a_short_random_wait(StatusCode status)
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();

        stream.End(status);

        Assert.InRange(await world.Time.PassWaitAsync(), TimeSpan.Zero, TimeSpan.FromMilliseconds(250));
        await world.Server.NextStreamAsync();
        Assert.Equal(SourceState.Live, source.State);
    }

    [Theory]
    [InlineData(StatusCode.InvalidArgument)]
    [InlineData(StatusCode.Unimplemented)]
    public async Task A_request_that_the_service_calls_wrong_stops_the_watch(StatusCode status)
    {
        await using var world = await WatchedWorld.StartAsync();
        world.ErrorsExpected = true;
        var (source, stream) = await world.OpenAsync();

        stream.End(status, "tenants[0].tenant_id is wrong");

        await source.Becomes(SourceState.Stopped);
        Assert.Equal($"the service refused the request ({status}: tenants[0].tenant_id is wrong)", source.StopReason);
        await world.LoggedAsync("has stopped: the service refused the request");
        var stopped = await Assert.ThrowsAsync<CredentialWatchStoppedException>(() => source.GetAsync(TestContext.Current.CancellationToken).AsTask());
        Assert.Contains("tenants[0].tenant_id is wrong", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tenant_can_be_tried_again_after_the_watch_has_stopped()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.ErrorsExpected = true;
        var (source, stream) = await world.OpenAsync();
        stream.End(StatusCode.InvalidArgument);
        await source.Becomes(SourceState.Stopped);

        Assert.True(world.Watch.Release("acme"));
        var (second, again) = await world.OpenAsync();

        Assert.NotSame(source, second);
        await again.SendAsync(Say.Session("acme", 1));
        await second.Holds(1);
    }

    [Theory]
    [InlineData(StatusCode.Unauthenticated)]
    [InlineData(StatusCode.PermissionDenied)]
    public async Task A_refused_caller_fetches_fresh_credentials_after_1_s_and_then_at_most_every_60_s(StatusCode status)
    {
        var asked = new List<bool>();
        await using var world = await WatchedWorld.StartAsync(options => options.CallerHeaders = (refused, _) =>
        {
            asked.Add(refused);
            return ValueTask.FromResult(new Metadata { { "authorization", $"Bearer {asked.Count}" } });
        });
        var (source, stream) = await world.LiveAsync();
        Assert.Equal("Bearer 1", stream.Authorization);

        stream.End(status);
        Assert.Equal(TimeSpan.FromSeconds(1), await world.Time.PassWaitAsync());
        stream = await world.Server.NextStreamAsync();
        Assert.Equal("Bearer 2", stream.Authorization);

        for (var time = 0; time < 2; time++)
        {
            stream.End(status);
            Assert.InRange(await world.Time.PassWaitAsync(), TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(66));
            stream = await world.Server.NextStreamAsync();
        }
        Assert.Equal([false, true, true, true], asked);
        await source.Becomes(SourceState.Stale);

        await stream.SendAsync(Say.Synced());
        await source.Becomes(SourceState.Live);
        stream.End(status);
        Assert.Equal(TimeSpan.FromSeconds(1), await world.Time.PassWaitAsync());
    }

    [Fact]
    public async Task RetryInfo_is_waited_for_with_jitter_and_leads_to_another_connection()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (_, stream) = await world.LiveAsync();

        stream.End(StatusCode.Unavailable, TimeSpan.FromSeconds(3));

        Assert.InRange(await world.Time.PassWaitAsync(), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6));
        Assert.NotEqual(stream.ConnectionId, (await world.Server.NextStreamAsync()).ConnectionId);
    }

    [Fact]
    public async Task Three_failures_in_a_row_make_a_new_channel()
    {
        var channels = 0;
        await using var world = await WatchedWorld.StartAsync(options => options.ConfigureChannel = _ => channels++);
        var (_, stream) = await world.OpenAsync();
        var connections = new List<string>();
        for (var failure = 0; failure < Reconnect.FailuresPerChannel; failure++)
        {
            connections.Add(stream.ConnectionId);
            stream.End(StatusCode.Internal);
            stream = await world.ReopenedAsync();
        }

        Assert.Single(connections.Distinct());
        Assert.DoesNotContain(stream.ConnectionId, connections);
        Assert.Equal(2, channels);
    }

    [Fact]
    public async Task A_service_that_is_not_there_yet_is_found_when_it_comes()
    {
        var attempts = 0;
        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
        {
            if (++attempts <= 5)
                throw new SocketException((int)SocketError.ConnectionRefused);
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        await using var world = await WatchedWorld.StartAsync(options => options.ConfigureHandler = handler => handler.ConnectCallback = ConnectAsync);
        var source = world.Watch.For("acme");
        for (var wait = 0; wait < 5; wait++)
            await world.Time.PassWaitAsync();

        var stream = await world.ReopenedAsync();

        await stream.SendAsync(Say.Session("acme", 1));
        await source.Holds(1);
    }

    [Fact]
    public async Task A_proxy_without_a_route_does_not_stop_the_watch()
    {
        await using var world = await WatchedWorld.StartAsync();
        world.Server.IsProxyWithoutRoute = true;
        var source = world.Watch.For("acme");
        await world.Time.PassWaitAsync();
        await world.Server.Rejected.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the proxy is asked");
        world.Server.IsProxyWithoutRoute = false;

        var stream = await world.ReopenedAsync();

        await stream.SendAsync(Say.Session("acme", 1));
        await source.Holds(1);
    }
}
