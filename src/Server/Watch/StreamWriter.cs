using Grpc.Core;
using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Watch;

/// <summary>
/// Writes to one stream. A node that does not read blocks a write for ever, and the platform lets it; a write stuck for 15 s cuts the
/// connection's stream, one that is stuck when the stream is to end is given one second more.
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

    /// <param name="message">Shared by many streams: it is not changed.</param>
    /// <param name="more">Another message follows at once, so this one need not be sent by itself.</param>
    /// <param name="cancellationToken">The stream is to end; what was begun goes out soon or the stream is cut.</param>
    public async Task WriteAsync(T message, bool more, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        stream.WriteOptions = more ? Buffered : null;
        stuck.Change(limits.Patience, Timeout.InfiniteTimeSpan);
        var write = stream.WriteAsync(message, CancellationToken.None);
        // Not left behind: under a write that is still stuck the call could not end, and the server not stop.
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
            // The call has just ended by itself. An exception of a timer would end the process.
            return;
        }
        Log.Stuck(log);
        metrics.StreamCut();
    }

    private static partial class Log
    {
        [LoggerMessage(300, LogLevel.Warning, "A caller did not read what was sent to it; its stream was cut")]
        public static partial void Stuck(ILogger logger);
    }
}
