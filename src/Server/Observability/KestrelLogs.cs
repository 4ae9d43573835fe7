namespace GrpcCreds.Server.Observability;

/// <summary>
/// The loggers of Kestrel itself, silent below Warning: a request line, header or path it cannot read goes word for word into what it logs,
/// query and all. It puts them into its exceptions, too, if these loggers take Information.
/// </summary>
internal sealed class KestrelLogs(ILoggerFactory loggers) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new FromWarning(loggers.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

    // The factory is the host's.
    public void Dispose()
    {
    }

    private sealed class FromWarning(ILogger logger) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning && logger.IsEnabled(logLevel);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
