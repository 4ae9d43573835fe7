using CsCheck;
using GrpcCreds.Server.Store.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>So many replicas must confirm that each that could be promoted is among them.</summary>
public sealed class ReplicaQuorumTests
{
    private const long Now = 1000;

    private static readonly Gen<HashSet<string>> Replicas = Gen.Int[0, 31].Select(bits =>
        new[] { "a:1", "b:1", "c:1", "d:1", "e:1" }.Where((_, i) => (bits & (1 << i)) != 0).ToHashSet());

    /// <summary>If so many of the connected replicas confirm, whichever they are, each one that could be promoted has confirmed.</summary>
    [Fact]
    public void Whichever_confirm_none_that_could_be_promoted_is_missing() =>
        Gen.Select(Replicas, Replicas, Replicas, Gen.Bool).Sample((promotable, dead, connected, leased) =>
    {
        var quorum = new ReplicaQuorum { Promotable = promotable, Known = promotable.Union(dead).ToHashSet(), LeaseEnd = leased ? Now + 1 : Now };
        var needed = quorum.Needed(connected, Now);
        var must = leased ? promotable : promotable.Union(dead).ToHashSet();
        if (connected.Count > 0 && !connected.Overlaps(quorum.Known))
        {
            // The primary names them differently, so only the numbers are known.
            Assert.Equal(Math.Max(Math.Max(connected.Count, must.Count), quorum.Known.Count > 1 ? 1 : 0), needed);
            return;
        }
        // WAIT counts connected replicas only: so many of them are all of them.
        Assert.True(needed >= connected.Count);
        if (needed <= connected.Count)
            Assert.Subset(connected, must);
    });

    [Fact]
    public void The_primary_alone_is_enough_only_where_it_has_at_most_one_replica() =>
        Gen.Select(Replicas, Replicas, Gen.Bool).Sample((known, connected, leased) => Assert.True(
            new ReplicaQuorum { Known = known, LeaseEnd = leased ? Now + 1 : Now }.Needed(connected, Now) >= (known.Count > 1 ? 1 : 0)));

    [Fact]
    public void It_does_not_ask_for_more_than_there_are() => Gen.Select(Replicas, Gen.Bool).Sample((replicas, leased) =>
        Assert.Equal(
            replicas.Count,
            new ReplicaQuorum { Promotable = replicas, Known = replicas, LeaseEnd = leased ? Now + 1 : 0 }.Needed(replicas, Now)));

    [Fact]
    public void A_replica_that_is_held_for_dead_counts_again_when_the_lease_ends()
    {
        var quorum = new ReplicaQuorum { Promotable = Set("a:1"), Known = Set("a:1", "b:1"), LeaseEnd = Now };
        Assert.Equal(1, quorum.Needed(["a:1"], Now - 1));
        Assert.Equal(2, quorum.Needed(["a:1"], Now));
        // It may be connected though it is held for dead.
        Assert.Equal(2, quorum.Needed(["a:1", "b:1"], Now - 1));
        // It may be promoted though it is not connected.
        Assert.Equal(1, quorum.Needed([], Now - 1));
    }

    [Fact]
    public void Without_knowledge_of_any_replica_the_connected_ones_must_confirm() => Assert.Equal(2, new ReplicaQuorum().Needed(["a:1", "b:1"], Now));

    [Fact]
    public void A_number_that_is_set_is_asked_for_and_whoever_is_connected_too() =>
        Gen.Select(Gen.Int[1, 100], Replicas, Replicas).Sample((count, known, connected) => Assert.Equal(
            Math.Max(count, connected.Count),
            new ReplicaQuorum { Count = count, Known = known, Promotable = known, LeaseEnd = Now + 1 }.Needed(connected, Now)));

    private static HashSet<string> Set(params string[] names) => [.. names];
}
