using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Model;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Salesforce.Http;

/// <summary>The service's own requests do not overload a login host.</summary>
public sealed class HostLimiterTests
{
    private const string Host = "https://login.salesforce.com";

    private static readonly Failure Throttled = new(FailureClass.Throttled, null, "", default);
    private static readonly Failure Refused = new(FailureClass.LoginRefused, null, "", default);

    private static readonly TimeSpan Long = TimeSpan.FromHours(1);

    private readonly FakeTimeProvider clock = new();
    private readonly HostLimiter gate;

    public HostLimiterTests() => gate = new(Options.Create(new SalesforceOptions { RenewalsPerHost = 2 }), clock);

    [Fact]
    public async Task Only_so_many_calls_go_to_one_host_at_once()
    {
        var first = await gate.EnterAsync(Host, Long, default);
        using var second = await gate.EnterAsync(Host, Long, default);
        var third = gate.EnterAsync(Host, Long, default);
        using var elsewhere = await gate.EnterAsync("https://test.salesforce.com", Long, default);
        Assert.False(third.IsCompleted);

        first!.Dispose();
        (await third.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken))!.Dispose();
    }

    [Fact]
    public async Task Hosts_that_nobody_uses_any_more_are_forgotten_and_those_that_failed_lately_are_not()
    {
        for (var host = 0; host < 5000; host++)
        {
            using var place = await gate.EnterAsync($"https://good-{host}.my.salesforce.com", Long, default);
        }
        Assert.Equal(0, gate.Count);
        for (var host = 0; host < 5000; host++)
        {
            using (var place = await gate.EnterAsync($"https://bad-{host}.my.salesforce.com", Long, default))
                place!.Report(Throttled);
            clock.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.InRange(gate.Count, 1, 1000);
        // A waiter that gave up uses no place.
        using var one = await gate.EnterAsync(Host, Long, default);
        using var two = await gate.EnterAsync(Host, Long, default);
        using var gaveUp = new CancellationTokenSource();
        var third = gate.EnterAsync(Host, Long, gaveUp.Token);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => third);
        one!.Dispose();
        using var again = await gate.EnterAsync(Host, Long, default).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.NotNull(again);
    }

    [Fact]
    public async Task A_host_that_asks_for_fewer_calls_is_left_alone_for_longer_and_longer_up_to_45_seconds()
    {
        var pauses = new List<double>();
        for (var failures = 0; failures < 8; failures++)
        {
            using (var place = await EnterAsync())
                place.Report(Throttled);
            var waiting = gate.EnterAsync(Host, Long, default);
            var seconds = 0.0;
            for (; !waiting.IsCompleted; seconds += 0.25)
            {
                Assert.True(seconds <= 45, "no pause is longer");
                clock.Advance(TimeSpan.FromSeconds(0.25));
                await Task.Yield();
            }
            (await waiting)!.Dispose();
            pauses.Add(seconds);
        }
        Assert.InRange(pauses[0], 0.25, 2);
        Assert.InRange(pauses[^1], 14, 45.5);
    }

    [Fact]
    public async Task A_clear_answer_ends_the_caution()
    {
        for (var failures = 0; failures < 5; failures++)
        {
            using var place = await EnterAsync();
            place.Report(Throttled);
        }
        using (var place = await EnterAsync())
            place.Report(Refused);
        Assert.True(gate.EnterAsync(Host, Long, default).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Who_waits_gives_up_when_the_server_stops_and_leaves_its_place()
    {
        using var stop = new CancellationTokenSource();
        using (var place = await gate.EnterAsync(Host, Long, default))
            place!.Report(Throttled);
        var waiting = gate.EnterAsync(Host, Long, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        using var one = await EnterAsync();
        using var two = await EnterAsync();
    }

    [Fact]
    public async Task Who_finds_no_place_in_time_is_told_so_and_holds_none()
    {
        using (var place = await gate.EnterAsync(Host, Long, default))
            place!.Report(Throttled);
        var waiting = gate.EnterAsync(Host, TimeSpan.FromSeconds(0.1), default);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
        using var one = await EnterAsync();
        using var two = await EnterAsync();
    }

    // Whatever the pause is, this waits for its end.
    private async Task<HostLimiter.Permit> EnterAsync()
    {
        var entering = gate.EnterAsync(Host, Long, default);
        while (!entering.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }
        return (await entering)!;
    }
}
