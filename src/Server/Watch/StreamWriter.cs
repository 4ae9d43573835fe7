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
    private readonly Timer stuck;

    public StreamWriter(IServerStreamWriter<T> stream, Action abort, WriteLimits limits, ServiceMetrics metrics, ILogger log)
    {
        this.stream = stream;
        this.limits = limits;
        this.metrics = metrics;
        metrics.StreamOpened();
        stuck = new Timer(_ => Cut(abort, log));
    }

    /// <param name="message">The message; it is shared by many streams and not changed.</param>
    /// <param name="more">Whether another message follows at once, so that this one need not be flushed.</param>
    /// <param name="cancellationToken">Cancelled when the stream should end; a write that has begun completes soon, or the stream is aborted.</param>
    public async Task WriteAsync(T message, bool more, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        stream.WriteOptions = more ? Buffered : null;
        stuck.Change(limits.Patience, Timeout.InfiniteTimeSpan);
        var write = stream.WriteAsync(message, CancellationToken.None);
        // The write is always awaited: with a write still stuck, the call could not end and the server could not stop.
        using (write.IsCompleted ? default : cancellationToken.Register(() => stuck.Change(limits.LastPatience, Timeout.InfiniteTimeSpan)))
            await write;
        stuck.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        metrics.StreamClosed();
        stuck.Dispose();
    }

    private void Cut(Action abort, ILogger log)
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
