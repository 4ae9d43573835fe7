using CsCheck;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Replica;
using Xunit;

namespace GrpcCreds.Tests.Tenants;

public sealed class RevisionAgesTests
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly TwoClocks clock = new();
    private readonly RevisionAges sight;

    public RevisionAgesTests() => sight = new(clock);

    [Fact]
    public void A_commit_is_ripe_when_it_has_been_known_for_a_claims_lifetime()
    {
        sight.Saw(Acme, 7);
        clock.Advance(Claims.Lifetime - TimeSpan.FromMilliseconds(1));
        Assert.Equal(0, sight.RipeRev(Acme));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(7, sight.RipeRev(Acme));
        Assert.Equal(0, sight.RipeRev(TenantId.Parse("bcme")));
    }

    [Fact]
    public void A_rev_that_no_record_had_makes_no_later_claim_old()
    {
        sight.Saw(Acme, 1L << 60);
        clock.Advance(Claims.Lifetime);
        var began = clock.GetTimestamp();
        sight.Opened(Acme, 7, began + 1);
        Assert.Equal(0, sight.RipeRev(Acme));
        clock.Advance(Claims.Lifetime);
        Assert.Equal(7, sight.RipeRev(Acme));

        // A read that began before the newer commit was seen says nothing about it.
        sight.Saw(Acme, 9);
        sight.Opened(Acme, 7, began);
        clock.Advance(Claims.Lifetime);
        Assert.Equal(9, sight.RipeRev(Acme));
    }

    [Fact]
    public void Each_commit_is_counted_from_when_it_was_first_known_and_not_from_when_it_was_seen_again()
    {
        for (var second = 1; second <= 100; second++)
        {
            sight.Saw(Acme, second);
            sight.Saw(Acme, second - 1);
            clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(Math.Max(second - 59, 0), sight.RipeRev(Acme));
        }
    }

    [Fact]
    public void Of_the_commits_within_a_second_only_the_newest_is_kept_and_none_is_ripe_too_early() =>
        Gen.Int[0, 3_000].Array[1, 200].Sample(pauses =>
        {
            var time = new TwoClocks();
            var ages = new RevisionAges(time);
            var seen = new List<(long Rev, long At)>();
            foreach (var pause in pauses)
            {
                time.Advance(TimeSpan.FromMilliseconds(pause));
                ages.Saw(Acme, seen.Count + 1);
                seen.Add((seen.Count + 1, time.GetTimestamp()));
                var exact = RipeAt(time.GetTimestamp());
                Assert.InRange(ages.RipeRev(Acme), RipeAt(time.GetTimestamp() - TimeSpan.TicksPerSecond), exact);
                Assert.Equal(seen.Count, ages.NewestRev(Acme));
            }
            time.Advance(Claims.Lifetime);
            Assert.Equal(seen.Count, ages.RipeRev(Acme));

            long RipeAt(long now) => seen.LastOrDefault(each => now - each.At >= Claims.Lifetime.Ticks).Rev;
        });

    [Fact]
    public void A_jump_of_the_wall_clock_makes_nothing_ripe()
    {
        sight.Saw(Acme, 7);
        clock.Wall += TimeSpan.FromHours(1);
        Assert.Equal(0, sight.RipeRev(Acme));
    }

    /// <summary>A wall clock that can be set, and the monotonic one that cannot.</summary>
    private sealed class TwoClocks : TimeProvider
    {
        private TimeSpan monotonic;

        public TimeSpan Wall { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan by) => (monotonic, Wall) = (monotonic + by, Wall + by);

        public override long GetTimestamp() => monotonic.Ticks;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Wall;
    }
}
