using System.Text.Json;
using Grpc.Core;
using GrpcCreds.Client;
using GrpcCreds.V1;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>What the client's host application can rely on.</summary>
public sealed class HostTests
{
    [Fact]
    public async Task Nothing_is_sent_before_the_first_tenant()
    {
        var channels = 0;
        await using var world = await WatchedWorld.StartAsync(options => options.ConfigureChannel = _ => channels++);

        await world.Watch.DisposeAsync();

        Assert.Equal(0, channels);
    }

    [Fact]
    public async Task What_the_hooks_throw_is_logged_and_tried_again()
    {
        var calls = 0;
        await using var world = await WatchedWorld.StartAsync(options =>
        {
            options.CallerHeaders = (_, _) => ++calls == 1 ? throw new InvalidOperationException("no token today") : ValueTask.FromResult(new Metadata());
            options.ConfigureHandler = _ =>
            {
                if (calls == 2)
                    throw new InvalidOperationException("no certificate today");
            };
        });
        var source = world.Watch.For("acme");
        await world.Time.PassWaitAsync();
        await world.LoggedAsync("no token today");
        await world.Time.PassWaitAsync();
        await world.LoggedAsync("no certificate today");

        var stream = await world.ReopenedAsync();
        await stream.SendAsync(Say.Session("acme", 1));
        await source.Holds(1);
    }

    [Fact]
    public async Task A_hook_that_hangs_is_given_up_as_silence_and_does_not_hold_up_disposing()
    {
        await using var world = await WatchedWorld.StartAsync(options => options.CallerHeaders = (_, _) => new(new TaskCompletionSource<Metadata>().Task));
        world.Watch.For("acme");
        await world.Time.PassWaitAsync();
        await world.Time.NextLimitAsync();
        world.Time.Advance(3 * WatchedWorld.Interval);
        await world.LoggedAsync("no message for 45 s");

        await world.Time.PassWaitAsync();
        await world.Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");
    }

    [Fact]
    public async Task Disposing_ends_the_stream_all_waits_and_all_readers()
    {
        await using var world = await WatchedWorld.StartAsync();
        var waiting = world.Watch.For("other");
        var (source, stream) = await world.LiveAsync();
        var session = waiting.GetAsync(TestContext.Current.CancellationToken).AsTask();
        var changes = source.ChangesAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken).AsTask();

        await world.Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");

        await stream.GoneAsync();
        Assert.Equal((SourceState.Stopped, "the watch was disposed"), (source.State, source.StopReason));
        Assert.Equal(1, await changes.Soon("the changes end"));
        await Assert.ThrowsAsync<CredentialWatchStoppedException>(() => session.Soon("the wait ends"));
        Assert.Equal(7, (await source.GetAsync(TestContext.Current.CancellationToken)).Revision);
        Assert.Equal(SourceState.Stopped, world.Watch.For("late").State);
    }

    [Fact]
    public async Task Disposing_ends_a_back_off_and_may_be_done_twice()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        stream.End(StatusCode.Unauthenticated);
        await world.LoggedAsync("ended with Unauthenticated");

        world.Watch.Dispose();

        await source.Becomes(SourceState.Stopped);
        await world.Watch.DisposeAsync().AsTask().Soon("the watch is disposed of");
    }

    [Fact]
    public async Task No_access_token_is_printed_serialised_or_logged()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.LiveAsync();
        await stream.SendAsync(Say.Session("acme", 8));
        var session = Assert.IsType<SalesforceSession>(await source.Holds(8));
        await world.BeatAsync(stream, 1);
        stream.Cut();
        await world.ReopenedAsync();

        Assert.Equal("acme: session (revision 8, Password) at https://acme.my.salesforce.com", session.ToString());
        Assert.Equal("acme: session (revision 8, Password) at https://acme.my.salesforce.com [Live]", source.ToString());
        var logged = world.Logs.GetSnapshot().Select(line => $"{line} {line.Exception}").ToList();
        Assert.NotEmpty(logged);
        string[] shown = [$"{source.Snapshot}", JsonSerializer.Serialize(session), JsonSerializer.Serialize(source), .. logged];
        Assert.All(shown, text => Assert.DoesNotContain(Say.Canary, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_session_says_why_and_what_to_do()
    {
        await using var world = await WatchedWorld.StartAsync();
        var (source, stream) = await world.OpenAsync();
        await stream.SendAsync(Say.None("acme", 3, Availability.Suspended));

        Assert.Equal("acme: no session (revision 3, Suspended): Suspended advice", (await source.Holds(3)).ToString());
    }

    [Fact]
    public void All_wrong_settings_are_named_together()
    {
        var options = new GrpcCredsClientOptions
        {
            Address = new Uri("ftp://host"),
            NodeId = "node 1",
            HeartbeatInterval = TimeSpan.FromSeconds(4),
            ReportApplied = (ReportApplied)9,
            MinBackoff = TimeSpan.Zero,
            MaxBackoff = TimeSpan.FromHours(1),
            TimeProvider = null!,
        };

        var message = Assert.Throws<ArgumentException>("options", () => new CredentialWatch(options)).Message;

        Assert.All(
            ["Address", "NodeId", "HeartbeatInterval", "ReportApplied", "MinBackoff", "MaxBackoff", "TimeProvider"],
            name => Assert.Contains($"{name} must", message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://localhost:5080", "n", 5)]
    [InlineData("https://creds.internal", null, 60)]
    public async Task Right_settings_are_accepted(string address, string? node, int seconds)
    {
        await using var watch = new CredentialWatch(
            new GrpcCredsClientOptions { Address = new Uri(address), NodeId = node, HeartbeatInterval = TimeSpan.FromSeconds(seconds) });

        Assert.False(watch.Release("acme"));
    }
}
