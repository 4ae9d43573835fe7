using System.Collections.Concurrent;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// The loggers of Kestrel, which log nothing below Warning: Kestrel logs a request line, header or path that it cannot read verbatim, including the query. It
/// would also put them into its exceptions if these loggers were enabled for Information. The remaining events are rate-limited, and an event that a peer
/// alone can cause is not an error.
/// </summary>
internal sealed class KestrelLogs(ILoggerFactory loggers) : ILoggerFactory
{
    /// <summary>The minimum time between two logs of the same event: a flood of connections would otherwise flood the log.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // A peer that sends much and reads nothing causes these events; Kestrel logs them as critical.
    private static readonly string[] CausedByPeers =
        ["Http2QueueOperationsExceeded", "Http2UnexpectedConnectionQueueError", "Http2UnexpectedDataRemaining", "Http2FlowControlQueueOperationsExceeded"];

    public ILogger CreateLogger(string categoryName) => new FromWarning(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    // The host owns the factory.
    public void Dispose()
    {
    }

    private sealed class FromWarning(ILogger logger) : ILogger
    {
        private readonly ConcurrentDictionary<EventId, long> logged = new();

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logger.IsEnabled(logLevel);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel) || !IsTime(eventId))
                return;
            if (CausedByPeers.Contains(eventId.Name))
                logger.Log(LogLevel.Warning, eventId, state, null, formatter);
            else
                logger.Log(logLevel, eventId, state, exception, formatter);
        }

        private bool IsTime(EventId eventId)
        {
            var now = Environment.TickCount64;
            var last = logged.GetOrAdd(eventId, now - (long)Interval.TotalMilliseconds);
            return now - last >= Interval.TotalMilliseconds && logged.TryUpdate(eventId, now, last);
        }
    }
}
