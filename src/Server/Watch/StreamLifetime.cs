namespace GrpcCreds.Server.Watch;

/// <summary>
/// Ends a stream when its caller is gone or the caller's proof expires, the server stops, a newer stream replaces it, or after 30 to 60 minutes.
/// </summary>
internal sealed class StreamLifetime : IDisposable
{
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(30);

    private readonly CancellationToken caller;
    private readonly CancellationToken stopping;
    private readonly CancellationToken replaced;
    private readonly CancellationTokenSource age;
    private readonly CancellationTokenSource linked;
    private readonly StreamEnd endOfAge = StreamEnd.Expired;

    public StreamLifetime(TimeProvider clock, DateTimeOffset? proofEnds, CancellationToken stopping, CancellationToken replaced, CancellationToken caller)
    {
        this.caller = caller;
        this.replaced = replaced;
        this.stopping = stopping;
        var left = MinAge * (1 + Random.Shared.NextDouble());
        if (proofEnds - clock.GetUtcNow() is { } proofLeft && proofLeft < left)
            (left, endOfAge) = (proofLeft > TimeSpan.Zero ? proofLeft : TimeSpan.Zero, StreamEnd.CallerUnknown);
        age = new CancellationTokenSource(left, clock);
        linked = CancellationTokenSource.CreateLinkedTokenSource([caller, stopping, replaced, age.Token]);
    }

    public CancellationToken Token => linked.Token;

    public StreamEnd End => caller.IsCancellationRequested ? StreamEnd.Canceled
        : stopping.IsCancellationRequested ? StreamEnd.ShuttingDown
        : replaced.IsCancellationRequested ? StreamEnd.Replaced
        : endOfAge;

    public void Dispose()
    {
        linked.Dispose();
        age.Dispose();
    }
}
