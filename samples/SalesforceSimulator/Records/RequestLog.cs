namespace GrpcCreds.SalesforceSimulator;

/// <summary>The newest requests of one personality, answered or cut off. Holds at most 10,000.</summary>
internal sealed partial class RequestLog(Personality personality, ILoggerFactory? loggers)
{
    private const int Capacity = 10_000;

    private readonly Lock gate = new();
    private readonly Queue<RequestEntry> entries = [];
    private readonly ILogger? logger = loggers?.CreateLogger<RequestLog>();

    public IReadOnlyList<RequestEntry> Entries()
    {
        lock (gate)
            return [.. entries];
    }

    public void Add(RequestEntry entry)
    {
        lock (gate)
        {
            entries.Enqueue(entry);
            if (entries.Count > Capacity)
                entries.Dequeue();
        }
        if (logger is not null)
            Log.Answered(logger, personality, entry.Method, entry.Path, entry.Status, entry.Duration.TotalMilliseconds, entry.Username ?? "-");
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Personality} {Method} {Path} {Status} {Milliseconds:0} ms {Username}")]
        public static partial void Answered(
            ILogger logger, Personality personality, string method, string path, int status, double milliseconds, string username);
    }
}
