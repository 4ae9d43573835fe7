using System.Collections.Concurrent;
using System.Security.Cryptography;
using GrpcCreds.Server.Credentials.Keys;
using GrpcCreds.Server.Encryption;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Credentials;

/// <summary>
/// The servers of this deployment: each leaves a sign of life every 5 s. Whether another one lives is told by this server's own monotonic clock,
/// from when its sign last changed; the clocks of two servers are never compared for that.
/// </summary>
internal sealed class Servers(IStore store, WriteObstacle obstacle, Sealer sealer, TimeProvider clock, BackgroundWork work) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>Whose sign has not changed for so long is gone, or cut off from the store.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<string, Sign> signs = new();

    /// <summary>This process; another one each time it starts.</summary>
    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    /// <summary>
    /// Null while a server lives; else when it was last alive, by its own clock. One that was never heard of counts as living from when it is first
    /// asked for: its sign may be on its way.
    /// </summary>
    public DateTimeOffset? GoneSince(string server)
    {
        if (server == Id)
            return null;
        var sign = signs.GetOrAdd(server, _ => new(DateTimeOffset.UnixEpoch, clock.GetTimestamp(), ""));
        return clock.GetElapsedTime(sign.SeenAt) >= Patience ? sign.Time : null;
    }

    /// <summary>All other servers of the last day, living or not, and what each said of itself last.</summary>
    public IReadOnlyDictionary<string, string> Others => signs.Where(sign => sign.Key != Id).ToDictionary(sign => sign.Key, sign => sign.Value.About);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Known to the others before the first node is.
        await LookAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.EveryAsync(nameof(Servers), Interval, clock, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (obstacle() is { } text)
                throw new StoreUnavailableException(text);
            var beats = await store.BeatAsync(new(Id, clock.GetUtcNow(), HeldKeys.Of(sealer).ToString()), cancellationToken);
            // Whom the store has forgotten nobody asks for any more.
            foreach (var (server, sign) in signs)
            {
                if (clock.GetElapsedTime(sign.SeenAt) > StoredNode.Lifetime && !beats.Any(beat => beat.Server == server))
                    signs.TryRemove(server, out _);
            }
            foreach (var beat in beats)
            {
                if (!signs.TryGetValue(beat.Server, out var known) || known.Time != beat.Time)
                    signs[beat.Server] = new(beat.Time, clock.GetTimestamp(), beat.About);
            }
        }
        catch (StoreUnavailableException)
        {
            // The follower says so, and health shows it; while the store is away nobody can be told from the dead, so nobody is called dead.
            foreach (var (server, sign) in signs)
                signs[server] = sign with { SeenAt = clock.GetTimestamp() };
        }
    }

    private sealed record Sign(DateTimeOffset Time, long SeenAt, string About);
}
