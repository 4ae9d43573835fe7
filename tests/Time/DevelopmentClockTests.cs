using GrpcCreds.Server.Time;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Time;

public sealed class DevelopmentClockTests
{
    [Fact]
    public async Task A_fast_clock_and_its_timers_run_as_much_faster()
    {
        var clock = new DevelopmentClock(20);
        var (began, timestamp, really) = (clock.GetUtcNow(), clock.GetTimestamp(), System.Diagnostics.Stopwatch.StartNew());
        await Task.Delay(TimeSpan.FromSeconds(10), clock).WaitAsync(Waiting.Long);
        Assert.True(clock.GetUtcNow() - began >= TimeSpan.FromSeconds(10));
        Assert.True(clock.GetElapsedTime(timestamp) >= TimeSpan.FromSeconds(10));
        Assert.True(really.Elapsed < TimeSpan.FromSeconds(10), "ten of its seconds take less of ours");
    }

    [Fact]
    public async Task A_jump_fires_the_timers_it_passes_and_no_others()
    {
        var clock = new DevelopmentClock(1);
        var (hour, day) = (Task.Delay(TimeSpan.FromHours(1), clock), Task.Delay(TimeSpan.FromDays(1), clock));
        var began = clock.GetUtcNow();
        clock.Advance(TimeSpan.FromHours(2));
        await hour.WaitAsync(Waiting.Long);
        Assert.False(day.IsCompleted);
        Assert.InRange(clock.GetUtcNow() - began, TimeSpan.FromHours(2), TimeSpan.FromHours(2) + Waiting.Long);
    }

    [Fact]
    public async Task A_periodic_timer_goes_on_after_a_jump()
    {
        var clock = new DevelopmentClock(20);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), clock);
        clock.Advance(TimeSpan.FromMinutes(5));
        for (var tick = 0; tick < 3; tick++)
            Assert.True(await timer.WaitForNextTickAsync().AsTask().WaitAsync(Waiting.Long));
    }
}
