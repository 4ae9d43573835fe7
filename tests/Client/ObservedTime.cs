using System.Threading.Channels;
using GrpcCreds.Client;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace GrpcCreds.Tests.Client;

/// <summary>A clock that only the test moves, and that shows each wait the client begins, those of its reports apart.</summary>
/// <param name="silence">The client's limit for silence, which is a limit and not a wait.</param>
internal sealed class ObservedTime(TimeSpan silence) : FakeTimeProvider
{
    private readonly Channel<TimeSpan> waits = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> gatherings = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> patience = Channel.CreateUnbounded<TimeSpan>();
    private readonly Channel<TimeSpan> limits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime != Timeout.InfiniteTimeSpan)
            Kind(dueTime).Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>Waits until the client has begun a wait, and lets the time of it pass.</summary>
    /// <returns>How long it was.</returns>
    public async Task<TimeSpan> PassWaitAsync()
    {
        var wait = await NextWaitAsync();
        Advance(wait);
        return wait;
    }

    /// <summary>Waits until the client has begun a wait.</summary>
    /// <returns>How long it is.</returns>
    public async Task<TimeSpan> NextWaitAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        await Task.WhenAny(waits.Reader.WaitToReadAsync(cancel).AsTask(), Task.Delay(TimeSpan.FromSeconds(2), cancel));
        // A random wait may be as long as the gathering of reports, and is then taken for one.
        if (!waits.Reader.TryPeek(out _) && gatherings.Reader.TryRead(out var same))
            return same;
        return await waits.Reader.ReadAsync(cancel).AsTask().Soon("the client waits");
    }

    /// <summary>Waits until the client gathers reports, and lets the time of it pass.</summary>
    public async Task PassGatheringAsync() =>
        Advance(await gatherings.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client has something to report"));

    /// <summary>Lets the time of each gathering pass until something has come about.</summary>
    public async Task PassGatheringsAsync(Task until)
    {
        while (!until.IsCompleted)
        {
            await Task.WhenAny(until, gatherings.Reader.WaitToReadAsync(TestContext.Current.CancellationToken).AsTask());
            if (gatherings.Reader.TryRead(out var wait))
                Advance(wait);
        }
    }

    /// <summary>Whether the client has something to report.</summary>
    public bool IsGathering => gatherings.Reader.Count > 0;

    /// <summary>Waits until the client waits for a session in the place of a refused one.</summary>
    public Task NextPatienceAsync() => patience.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client waits for a newer session");

    /// <summary>Waits until the client has begun an attempt, which the limit for silence watches over.</summary>
    public Task NextLimitAsync() => limits.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().Soon("the client opens a stream");

    private Channel<TimeSpan> Kind(TimeSpan dueTime) =>
        dueTime == silence || dueTime == Reporter.CallLimit || dueTime == Reporter.GoodbyeLimit ? limits
        : dueTime == Reporter.Gather ? gatherings
        : dueTime == CredentialSource.Patience ? patience
        : waits;
}
