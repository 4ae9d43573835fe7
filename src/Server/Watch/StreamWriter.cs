using Grpc.Core;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// Writes to one stream. A node that does not read would block a write forever, and the platform does not prevent that. So a write that is stuck for 15 s
/// aborts the stream, and a write that is stuck when the stream should end gets one more second.
/// </summary>
internal sealed partial class StreamWriter<T> : IDisposable
    where T : class
{
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);

    private readonly IServerStreamWriter<T> stream;
    private readonly ServiceMetrics metrics;
    private readonly WriteLimits limits;
    private readonly Action abort;
    private readonly ILogger log;
    private Timer? stuck;

    public StreamWriter(IServerStreamWriter<T> stream, Action abort, WriteLimits limits, ServiceMetrics metrics, ILogger log)
    {
        this.stream = stream;
        this.limits = limits;
        this.metrics = metrics;
        this.abort = abort;
        this.log = log;
        metrics.StreamOpened();
    }

    /// <param name="message">The message; it is shared by many streams and not changed.</param>
    /// <param name="more">Whether another message follows at once, so that this one need not be flushed.</param>
    /// <param name="cancellationToken">Cancelled when the stream should end; a write that has begun completes soon, or the stream is aborted.</param>
    public Task WriteAsync(T message, bool more, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        stream.WriteOptions = more ? Buffered : null;
        var write = stream.WriteAsync(message, CancellationToken.None);
        // A write to a caller that reads has completed by now, and needs no timer.
        return write.IsCompleted ? write : WaitAsync(write, cancellationToken);
    }

    public void Dispose()
    {
        metrics.StreamClosed();
        stuck?.Dispose();
    }

    // The write is always awaited: with a write still stuck, the call could not end and the server could not stop.
    private async Task WaitAsync(Task write, CancellationToken cancellationToken)
    {
        var timer = stuck ??= new Timer(_ => Cut());
        timer.Change(limits.Patience, Timeout.InfiniteTimeSpan);
        using (cancellationToken.Register(() => timer.Change(limits.LastPatience, Timeout.InfiniteTimeSpan)))
            await write;
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private void Cut()
    {
        try
        {
            abort();
        }
        catch (ObjectDisposedException)
        {
            // The call has just ended. An exception in a timer would end the process.
            return;
        }
        Log.Stuck(log);
        metrics.StreamCut();
    }

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Warning, "A caller did not read what was sent to it; its stream was closed")]
        public static partial void Stuck(ILogger logger);
    }
}
