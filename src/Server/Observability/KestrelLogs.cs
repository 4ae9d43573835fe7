using System.Collections.Concurrent;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// The loggers of Kestrel itself, silent below Warning: a request line, header or path it cannot read goes word for word into what it logs,
/// query and all. It puts them into its exceptions, too, if these loggers take Information. What is left is logged once in a while, and what a
/// peer alone can cause is no error.
/// </summary>
internal sealed class KestrelLogs(ILoggerFactory loggers) : ILoggerFactory
{
    /// <summary>Of each event; a flood of connections would be a flood of lines.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // A peer that sends much and reads nothing ends these; Kestrel calls that critical.
    private static readonly string[] CausedByPeers = ["Http2QueueOperationsExceeded", "Http2UnexpectedConnectionQueueError", "Http2UnexpectedDataRemaining", "Http2FlowControlQueueOperationsExceeded"];

    public ILogger CreateLogger(string categoryName) => new FromWarning(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    // The factory is the host's.
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
