using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Cluster;

/// <summary>
/// The servers of this deployment: each writes a heartbeat every 5 s. This server decides by its own monotonic clock whether another server is alive,
/// from the time its heartbeat last changed; the clocks of two servers are never compared for that.
/// </summary>
internal sealed partial class ClusterMembers(
    IStore store, WriteBlock block, AboutThisServer about, TimeProvider clock, BackgroundWork work, ILogger<ClusterMembers> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A server whose heartbeat has not changed for this long is gone, or cut off from the store.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Clocks that differ by less count as equal: a heartbeat takes some time to reach the store.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Sign> signs = new();
    private long lookedAt = clock.GetTimestamp();
    private bool isOff;

    /// <summary>The id of this process; a new one at each start.</summary>
    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>
    /// Null while a server is alive; else when it was last alive, by this server's clock. An unknown server counts as alive from the first
    /// request for it: its heartbeat may be on its way.
    /// </summary>
    public DateTimeOffset? GoneSince(string server)
    {
        if (server == Id)
            return null;
        var sign = signs.GetOrAdd(server, _ => new(new("", DateTimeOffset.UnixEpoch, ""), clock.GetTimestamp(), TimeSpan.Zero));
        // Until the last look, not until now: a server that was paused knows nothing of the others until it has looked again.
        return clock.GetElapsedTime(sign.SeenAt, Volatile.Read(ref lookedAt)) >= Patience ? sign.Beat.Time + sign.Offset : null;
    }

    /// <summary>
    /// Added to a time by another server's clock, it gives the time by this server's clock: both were compared with the store's clock.
    /// </summary>
    public TimeSpan Offset(string server) => signs.TryGetValue(server, out var sign) ? sign.Offset : TimeSpan.Zero;

    /// <summary>All other servers of the last day, alive or not, and what each last reported about itself.</summary>
    public IReadOnlyDictionary<string, string> Others => signs.Where(sign => sign.Key != Id).ToDictionary(sign => sign.Key, sign => sign.Value.Beat.About);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // The other servers know this server before it accepts its first node.
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
            // Servers that the store has forgotten are no longer needed.
            foreach (var (server, sign) in signs)
            {
                if (clock.GetElapsedTime(sign.SeenAt) > StoredNode.Lifetime && !beats.Any(beat => beat.Server == server))
                    signs.TryRemove(server, out _);
            }
            var ahead = beats.Where(beat => beat.Server == Id).Select(Ahead).SingleOrDefault();
            foreach (var beat in beats)
            {
                var seenAt = signs.TryGetValue(beat.Server, out var known) && known.Beat == beat ? known.SeenAt : now;
                // Compared only while it is alive: a later change of this clock says nothing about their difference then.
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
            // The follower logs it, and health shows it. Without the store, dead servers cannot be detected, so none is reported as gone.
            foreach (var (server, sign) in signs)
                signs[server] = sign with { SeenAt = clock.GetTimestamp() };
        }
    }

    // By how much a server's clock is ahead of the store's.
    private static TimeSpan Ahead(MemberHeartbeat beat) => beat.Time - beat.StoreTime;

    // Logged once, not every five seconds.
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
        [LoggerMessage(
            240, LogLevel.Warning,
            "This server's clock is {Difference} {Direction} the store's; synchronize both with NTP. The end of sessions and setups depends on it")]
        public static partial void ClockDiffers(ILogger logger, TimeSpan difference, string direction);
    }
}
