using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Cluster;

/// <summary>
/// The servers of this deployment: each leaves a sign of life every 5 s. Whether another one lives is told by this server's own monotonic clock,
/// from when its sign last changed; the clocks of two servers are never compared for that.
/// </summary>
internal sealed partial class ClusterMembers(
    IStore store, WriteBlock block, AboutThisServer about, TimeProvider clock, BackgroundWork work, ILogger<ClusterMembers> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Whose sign has not changed for so long is gone, or cut off from the store.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Clocks that differ by less count as one: a sign of life takes its time to the store.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Sign> signs = new();
    private long lookedAt = clock.GetTimestamp();
    private bool isOff;

    /// <summary>This process; another one each time it starts.</summary>
    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>
    /// Null while a server lives; else when it was last alive, by this server's clock. One that was never heard of counts as living from when it is first
    /// asked for: its sign may be on its way.
    /// </summary>
    public DateTimeOffset? GoneSince(string server)
    {
        if (server == Id)
            return null;
        var sign = signs.GetOrAdd(server, _ => new(new("", DateTimeOffset.UnixEpoch, ""), clock.GetTimestamp(), TimeSpan.Zero));
        // Until the last look, not until now: a server that was stopped itself, and goes on, knows nothing of the others until it has looked.
        return clock.GetElapsedTime(sign.SeenAt, Volatile.Read(ref lookedAt)) >= Patience ? sign.Beat.Time + sign.Offset : null;
    }

    /// <summary>What has to be added to a time by another server's clock, so that it is one by this server's: both were compared with the store's clock.</summary>
    public TimeSpan Offset(string server) => signs.TryGetValue(server, out var sign) ? sign.Offset : TimeSpan.Zero;

    /// <summary>All other servers of the last day, living or not, and what each said of itself last.</summary>
    public IReadOnlyDictionary<string, string> Others => signs.Where(sign => sign.Key != Id).ToDictionary(sign => sign.Key, sign => sign.Value.Beat.About);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Known to the others before the first node is.
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(nameof(ClusterMembers), Interval, clock, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (block() is { } text)
                throw new StoreUnavailableException(text);
            var beats = await store.BeatAsync(new(Id, clock.GetUtcNow(), about()), cancellationToken);
            var now = clock.GetTimestamp();
            // Whom the store has forgotten nobody asks for any more.
            foreach (var (server, sign) in signs)
            {
                if (clock.GetElapsedTime(sign.SeenAt) > StoredNode.Lifetime && !beats.Any(beat => beat.Server == server))
                    signs.TryRemove(server, out _);
            }
            var ahead = beats.Where(beat => beat.Server == Id).Select(Ahead).SingleOrDefault();
            foreach (var beat in beats)
            {
                var seenAt = signs.TryGetValue(beat.Server, out var known) && known.Beat == beat ? known.SeenAt : now;
                // Compared while it lives: what this clock does later says nothing of how far the two were apart.
                if (clock.GetElapsedTime(seenAt, now) >= Patience)
                    continue;
                var offset = ahead - Ahead(beat);
                signs[beat.Server] = new(beat, seenAt, offset.Duration() < Tolerance ? TimeSpan.Zero : offset);
            }
            Volatile.Write(ref lookedAt, now);
            Tell(ahead);
        }
        catch (StoreUnavailableException)
        {
            // The follower says so, and health shows it; while the store is away nobody can be told from the dead, so nobody is called dead.
            foreach (var (server, sign) in signs)
                signs[server] = sign with { SeenAt = clock.GetTimestamp() };
        }
    }

    // By how much a server's clock is ahead of the store's.
    private static TimeSpan Ahead(MemberHeartbeat beat) => beat.Time - beat.StoreTime;

    // Said once, not every five seconds.
    private void Tell(TimeSpan ahead)
    {
        var wasOff = isOff;
        isOff = ahead.Duration() >= Tolerance;
        if (isOff && !wasOff)
            Log.ClockDiffers(log, ahead.Duration(), ahead > TimeSpan.Zero ? "ahead of" : "behind");
    }

    private sealed record Sign(MemberHeartbeat Beat, long SeenAt, TimeSpan Offset);

    private static partial class Log
    {
        [LoggerMessage(240, LogLevel.Warning, "This server's clock is {Difference} {Direction} the store's; set both by NTP. Sessions and setups end by it")]
        public static partial void ClockDiffers(ILogger logger, TimeSpan difference, string direction);
    }
}
