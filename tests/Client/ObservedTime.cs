using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>A clock that only the test moves, and that shows each wait the client begins.</summary>
/// <param name="silence">The client's limit for silence, which is a limit and not a wait.</param>
internal sealed class ObservedTime(TimeSpan silence) : FakeTimeProvider
{
    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> limits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
            (dueTime == silence ? limits : waits).Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until the client has begun a wait, and lets the time of it pass.</summary>
    /// <returns>How long it was.</returns>
    public async Task<TimeSpan> PassWaitAsync()
    {
        var wait = await waits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client waits");
        Advance(wait);
        return wait;
    }

    /// <summary>Waits until the client has begun an attempt, which the limit for silence watches over.</summary>
    public Task NextLimitAsync() => limits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client opens a stream");
}
