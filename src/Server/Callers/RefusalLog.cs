using GrpcCreds.Server.Observability;

namespace GrpcCreds.Server.Callers;

/// <summary>
/// Logs refusals at a limited rate: the first of a kind at once, and at the end of each window how many more there were. However much is sent, only a few
/// lines a second are logged.
/// </summary>
internal sealed partial class RefusalLog(BackgroundWork work, ILogger<RefusalLog> log) : BackgroundService
{
    /// <summary>The number of kinds counted separately in one window; all others are counted together.</summary>
    public const int MaxKinds = 20;

    /// <summary>In real time, independent of the service's clock.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private Dictionary<(string From, string Why), Counted> kinds = [];
    private Counted? others;

    /// <param name="from">The address without a port; with the port, every call would be a kind of its own.</param>
    /// <param name="why">A text of the service; it may contain only those parts of the request that are known to be harmless.</param>
    /// <param name="isWarning">Whether an operator should look into it.</param>
    public void Add(string from, string why, bool isWarning = false)
    {
        Log.Each(log, from, why);
        var now = DateTimeOffset.UtcNow;
        lock (gate)
        {
            if (kinds.TryGetValue((from, why), out var known))
                known.Again(now);
            else if (kinds.Count >= MaxKinds)
                (others ??= new(LogLevel.Information)).Again(now);
            else
                kinds[(from, why)] = known = new(isWarning ? LogLevel.Warning : LogLevel.Information);
            if (known is null or { More: > 0 })
                return;
        }
        Log.First(log, isWarning ? LogLevel.Warning : LogLevel.Information, from, why);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await work.EveryAsync(nameof(RefusalLog), Window, TimeProvider.System, TellAsync, stoppingToken);
        work.Try(nameof(RefusalLog), Tell);
    }

    private Task TellAsync(CancellationToken cancellationToken)
    {
        Tell();
        return Task.CompletedTask;
    }

    private void Tell()
    {
        Dictionary<(string From, string Why), Counted> told;
        Counted? rest;
        lock (gate)
        {
            (told, rest) = (kinds, others);
            (kinds, others) = ([], null);
        }
        foreach (var ((from, why), counted) in told.Where(kind => kind.Value.More > 0))
            Log.More(log, counted.Level, counted.More, from, counted.First, counted.Last, why);
        if (rest is not null)
            Log.Others(log, rest.More, rest.First, rest.Last);
    }

    private sealed class Counted(LogLevel level)
    {
        public LogLevel Level => level;

        public long More { get; private set; }

        public DateTimeOffset First { get; private set; }

        public DateTimeOffset Last { get; private set; }

        public void Again(DateTimeOffset now)
        {
            if (More++ == 0)
                First = now;
            Last = now;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 123, Message = "A request from {From} was refused: {Why}")]
        public static partial void First(ILogger logger, LogLevel level, string from, string why);

        [LoggerMessage(EventId = 124, Message = "{Count} more requests from {From} were refused between {First:O} and {Last:O}: {Why}")]
        public static partial void More(ILogger logger, LogLevel level, long count, string from, DateTimeOffset first, DateTimeOffset last, string why);

        [LoggerMessage(125, LogLevel.Information, "{Count} more requests of other kinds were refused between {First:O} and {Last:O}")]
        public static partial void Others(ILogger logger, long count, DateTimeOffset first, DateTimeOffset last);

        [LoggerMessage(126, LogLevel.Debug, "A request from {From} was refused: {Why}")]
        public static partial void Each(ILogger logger, string from, string why);
    }
}
