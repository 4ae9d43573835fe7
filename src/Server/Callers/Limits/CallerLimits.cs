using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers.Limits;

/// <summary>Applies the limits on what callers may ask for. Only authenticated callers count against these; other clients cannot use up their share.</summary>
internal sealed class CallerLimits : IDisposable
{
    /// <summary>Streams of the services without authentication (health, reflection): in total, and per address.</summary>
    private const int MaxStrangersStreams = 200, MaxStrangersStreamsPerAddress = 50;

    /// <summary>Calls of these services and requests to /healthz per second from one address; each address has its own share.</summary>
    private const int StrangersCallsPerSecond = 200;

    private static readonly TimeSpan CallsRetry = TimeSpan.FromSeconds(1), StreamsRetry = TimeSpan.FromSeconds(5), WritesRetry = TimeSpan.FromSeconds(10);

    private readonly PartitionedRateLimiter<string> calls;
    private readonly TokenBucketRateLimiter callsInAll;
    private readonly PartitionedRateLimiter<string> streams;
    private readonly ConcurrencyLimiter streamsInAll;
    private readonly WatchedShares watched;
    private readonly PartitionedRateLimiter<TenantId> writes;
    private readonly PartitionedRateLimiter<TenantId> setups;
    private readonly TokenBucketRateLimiter pages;
    private readonly ConcurrencyLimiter strangersStreams = new(AtOnce(MaxStrangersStreams));
    private readonly PartitionedRateLimiter<NetworkAddress> strangersStreamsOf = PartitionedRateLimiter.Create<NetworkAddress, NetworkAddress>(
        from => RateLimitPartition.GetConcurrencyLimiter(from, _ => AtOnce(MaxStrangersStreamsPerAddress)));
    private readonly PartitionedRateLimiter<NetworkAddress> strangersCalls = PartitionedRateLimiter.Create<NetworkAddress, NetworkAddress>(
        address => RateLimitPartition.GetTokenBucketLimiter(address, _ => PerSecond(StrangersCallsPerSecond)));

    public CallerLimits(IOptions<LimitsOptions> options)
    {
        var limits = options.Value;
        calls = PartitionedRateLimiter.Create<string, string>(
            caller => RateLimitPartition.GetTokenBucketLimiter(caller, _ => PerSecond(limits.CallsPerSecond)), StringComparer.Ordinal);
        callsInAll = new(PerSecond(limits.CallsPerSecondInAll));
        streams = PartitionedRateLimiter.Create<string, string>(
            caller => RateLimitPartition.GetConcurrencyLimiter(caller, _ => AtOnce(limits.Streams)), StringComparer.Ordinal);
        streamsInAll = new(AtOnce(limits.StreamsInAll));
        watched = new(limits);
        writes = PerMinute(limits.WritesPerTenantAndMinute);
        setups = PerMinute(limits.SetupsPerTenantAndMinute);
        pages = new(PerSecond(limits.PagesPerSecond));
    }

    /// <summary>Counts a call.</summary>
    public LimitReached? Call(string caller) =>
        !Passes(calls.AttemptAcquire(caller)) ? new($"{LimitsOptions.Section}:{nameof(LimitsOptions.CallsPerSecond)}", CallsRetry)
        : !Passes(callsInAll.AttemptAcquire()) ? new($"{LimitsOptions.Section}:{nameof(LimitsOptions.CallsPerSecondInAll)}", CallsRetry)
        : null;

    /// <summary>Counts a write to a tenant.</summary>
    public LimitReached? Write(TenantId tenant) =>
        Passes(writes.AttemptAcquire(tenant)) ? null : new($"{LimitsOptions.Section}:{nameof(LimitsOptions.WritesPerTenantAndMinute)}", WritesRetry);

    /// <summary>Counts the start of an OAuth setup of a tenant.</summary>
    public LimitReached? Setup(TenantId tenant) =>
        Passes(setups.AttemptAcquire(tenant)) ? null : new($"{LimitsOptions.Section}:{nameof(LimitsOptions.SetupsPerTenantAndMinute)}", WritesRetry);

    /// <summary>Counts a page request by any browser.</summary>
    public bool Page() => Passes(pages.AttemptAcquire());

    /// <summary>Counts a stream until the returned object is disposed.</summary>
    public IDisposable Stream(string caller, out LimitReached? reached)
    {
        var own = streams.AttemptAcquire(caller);
        reached = own.IsAcquired ? null : new($"{LimitsOptions.Section}:{nameof(LimitsOptions.Streams)}", StreamsRetry);
        if (reached is not null)
            return own;
        var shared = streamsInAll.AttemptAcquire();
        reached = shared.IsAcquired ? null : new($"{LimitsOptions.Section}:{nameof(LimitsOptions.StreamsInAll)}", StreamsRetry);
        return new Both(own, shared);
    }

    /// <summary>Counts the tenants that a stream of any kind watches, until the returned object is disposed.</summary>
    public IDisposable Watched(string caller, int tenants, out LimitReached? reached) => watched.Take(caller, tenants, out reached);

    /// <summary>Counts a call that needs no authentication.</summary>
    public bool StrangersCall(NetworkAddress from) => Passes(strangersCalls.AttemptAcquire(from));

    /// <summary>Counts a stream that needs no authentication, until the returned object is disposed.</summary>
    public IDisposable StrangersStream(NetworkAddress from, out bool reached)
    {
        var (own, shared) = (strangersStreamsOf.AttemptAcquire(from), strangersStreams.AttemptAcquire());
        reached = !own.IsAcquired || !shared.IsAcquired;
        var both = new Both(own, shared);
        if (reached)
            both.Dispose();
        return both;
    }

    public void Dispose()
    {
        strangersStreams.Dispose();
        strangersStreamsOf.Dispose();
        strangersCalls.Dispose();
        calls.Dispose();
        callsInAll.Dispose();
        streams.Dispose();
        streamsInAll.Dispose();
        writes.Dispose();
        setups.Dispose();
        pages.Dispose();
    }

    // Permits of a token bucket or window are consumed; only a stream's permit is returned.
    private static bool Passes(RateLimitLease lease)
    {
        using (lease)
            return lease.IsAcquired;
    }

    // Replenished about ten times a second; period and tokens are chosen so that the rate is exact.
    private static TokenBucketRateLimiterOptions PerSecond(int rate) => new()
    {
        TokenLimit = 2 * rate,
        TokensPerPeriod = (rate + 9) / 10,
        ReplenishmentPeriod = TimeSpan.FromSeconds((rate + 9) / 10 / (double)rate),
    };

    // A sliding minute of six windows of ten seconds each.
    private static PartitionedRateLimiter<TenantId> PerMinute(int limit) => PartitionedRateLimiter.Create<TenantId, TenantId>(tenant =>
        RateLimitPartition.GetSlidingWindowLimiter(tenant, _ => new() { PermitLimit = limit, Window = TimeSpan.FromMinutes(1), SegmentsPerWindow = 6 }));

    private static ConcurrencyLimiterOptions AtOnce(int limit) => new() { PermitLimit = limit };

    private sealed class Both(IDisposable one, IDisposable other) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            other.Dispose();
        }
    }
}
