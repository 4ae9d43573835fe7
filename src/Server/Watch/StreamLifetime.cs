namespace GrpcCreds.Server.Watch;

/// <summary>Why a stream ended.</summary>
internal enum StreamEnd
{
    /// <summary>The caller has gone, or stopped reading.</summary>
    Canceled,

    /// <summary>The server stops.</summary>
    ShuttingDown,

    /// <summary>What was watched for has come about.</summary>
    Reached,

    /// <summary>The stream is old: it is to be opened again, so that load spreads over the servers.</summary>
    Expired,
}

/// <summary>Ends a stream when its caller goes, the server stops, or it has lived for 30 to 60 minutes.</summary>
internal sealed class StreamLifetime : IDisposable
{
    private static readonly TimeSpan MinAge = TimeSpan.FromMinutes(30);

    private readonly CancellationToken caller;
    private readonly CancellationToken stopping;
    private readonly CancellationTokenSource age;
    private readonly CancellationTokenSource linked;

    public StreamLifetime(TimeProvider clock, CancellationToken stopping, CancellationToken caller)
    {
        this.caller = caller;
        this.stopping = stopping;
        age = new CancellationTokenSource(MinAge * (1 + Random.Shared.NextDouble()), clock);
        linked = CancellationTokenSource.CreateLinkedTokenSource(caller, stopping, age.Token);
    }

    public CancellationToken Token => linked.Token;

    public StreamEnd End => caller.IsCancellationRequested ? StreamEnd.Canceled
        : stopping.IsCancellationRequested ? StreamEnd.ShuttingDown
        : StreamEnd.Expired;

    public void Dispose()
    {
        linked.Dispose();
        age.Dispose();
    }
}
