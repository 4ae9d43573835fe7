using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Audit;

/// <summary>
/// Counts refused calls and records them, at most one entry a second, and fewer the more kinds there are: a flood costs as much as a few. It delays
/// no call; refusals not yet written when the server ends are lost, except for what the log shows.
/// </summary>
internal sealed partial class Refusals(
    IStore store, Sealer sealer, WriteBlock block, AuditLog audit, ServiceMetrics metrics, TimeProvider clock, BackgroundWork work, ILogger<Refusals> log)
    : BackgroundService
{
    /// <summary>Kinds counted separately in one entry; the rest are counted together.</summary>
    public const int MaxKinds = 50;

    /// <summary>In real time, whatever clock the service runs by.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>Kinds written per second on average: each is a line of the audit log, and unauthenticated callers can cause many.</summary>
    private const int KindsPerInterval = 10;

    private readonly Lock gate = new();
    private Dictionary<RefusedCall, CountedRefusal> counted = [];
    private CountedRefusal? others;
    private (RefusalEntry Entry, byte[] Bytes)? unwritten;
    private bool failing;
    private int owed;

    public void Add(RefusedCall call)
    {
        var now = clock.GetUtcNow();
        lock (gate)
        {
            if (counted.TryGetValue(call, out var known))
                counted[call] = Again(known, now);
            else if (counted.Count < MaxKinds)
                counted[call] = new(call, 1, now, now);
            else
                others = others is null ? new(null, 1, now, now) : Again(others, now);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await work.EveryAsync(nameof(Refusals), Interval, TimeProvider.System, _ => WriteIfDueAsync(), stoppingToken);
        await work.TryAsync(nameof(Refusals), WriteAsync);
    }

    private static CountedRefusal Again(CountedRefusal refusal, DateTimeOffset now) => refusal with { Count = refusal.Count + 1, Last = now };

    // After writing many kinds, it waits for a proportional time.
    private async Task WriteIfDueAsync()
    {
        if (--owed <= 0)
            owed = await WriteAsync() / KindsPerInterval;
    }

    /// <returns>The number of kinds written.</returns>
    private async Task<int> WriteAsync()
    {
        // An entry that may have been written is resent unchanged, so that it is stored once.
        if ((unwritten ?? Take()) is not { } entry)
            return 0;
        unwritten = entry;
        try
        {
            if (block() is { } text)
                throw new StoreUnavailableException(text);
            await store.AppendAsync(AuditJournal.Refusals, entry.Entry.Id, entry.Bytes, CancellationToken.None);
        }
        catch (StoreUnavailableException e)
        {
            // Any other exception ends this round: the entry is kept all the same.
            metrics.AuditFailed("refusal");
            if (!failing)
                Log.Fails(log, e.Message);
            failing = true;
            return 0;
        }
        (unwritten, failing) = (null, false);
        audit.Refused(entry.Entry);
        return entry.Entry.Refusals.Count;
    }

    private (RefusalEntry, byte[])? Take()
    {
        lock (gate)
        {
            if (counted.Count == 0)
                return null;
            var entry = new RefusalEntry(Guid.NewGuid(), [.. counted.Values, .. others is null ? Array.Empty<CountedRefusal>() : [others]]);
            var bytes = entry.Seal(sealer);
            (counted, others) = ([], null);
            return (entry, bytes);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(620, LogLevel.Warning, "Refused calls cannot be recorded now: {Failure}. They are counted, and written when that works again")]
        public static partial void Fails(ILogger logger, string failure);
    }
}
