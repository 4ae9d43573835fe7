using CsCheck;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Audit;

/// <summary>The verifier names the place of any change to the entries of writes, and reports nothing for anything the service itself does.</summary>
public sealed class ChainTests
{
    /// <summary>Some writes under a bound, now and then a store that goes back by some commits.</summary>
    private sealed record Step(bool RollsBack, int Commits, int Kept);

    private static readonly Gen<Step[]> Steps = Gen.Select(
        Gen.Frequency((8, Gen.Const(false)), (1, Gen.Const(true))), Gen.Int[1, 6], Gen.Int[10, 14],
        (rollsBack, commits, kept) => new Step(rollsBack, commits, kept)).Array[2, 40];

    private static readonly Gen<(Step[] Steps, int Kind, int One, int Other, int Bit)> Tampering =
        Gen.Select(Steps, Gen.Int[0, 6], Gen.Int[0, 999], Gen.Int[0, 999], Gen.Int[0, 99_999]);

    [Fact]
    public void What_the_service_writes_is_intact_whatever_the_bound_and_however_often_the_store_went_back() =>
        Steps.Sample(
            steps =>
            {
                var finding = World(steps) is var world ? world.Verify() : null;
                Assert.Null(finding!.Broken);
                Assert.Equal((world.Head.Number, world.Stored.Count), (finding.Last, (int)finding.Entries));
            },
            iter: 500);

    [Fact]
    public void Whatever_is_done_to_the_entries_is_named() =>
        Tampering.Sample(
            tampering =>
            {
                var world = World(tampering.Steps);
                var (stored, expected) = Tamper(world, tampering.Kind, tampering.One, tampering.Other, tampering.Bit);
                // Swapped with itself.
                if (Text(stored).SequenceEqual(Text(world.Stored)))
                    return;
                var broken = world.Verify(stored).Broken;
                Assert.NotNull(broken);
                if (expected is not null)
                    Assert.Equal(expected, broken.Rev);
            },
            iter: 2000);

    [Fact]
    public void The_first_broken_entry_is_named_not_a_later_one()
    {
        var world = World([.. Enumerable.Repeat(new Step(false, 1, 14), 9)]);
        var stored = world.Stored.ToList();
        stored[2] = Flipped(stored[2], 100);
        stored[6] = Flipped(stored[6], 5000);
        var broken = world.Verify(stored).Broken!;
        Assert.Equal((world.Stored[6].Rev, world.Open(world.Stored[6]).Link.Number), (broken.Rev, broken.Number));
    }

    [Fact]
    public void Entries_of_another_tenant_do_not_pass_as_this_ones()
    {
        var world = World([.. Enumerable.Repeat(new Step(false, 1, 14), 3)]);
        Assert.Equal(world.Stored[^1].Rev, world.Verify(tenant: TenantId.Parse("globex")).Broken!.Rev);
    }

    [Fact]
    public void What_a_store_that_went_back_lost_is_told_and_no_break()
    {
        var world = World([.. Enumerable.Repeat(new Step(false, 1, 14), 6), new(true, 3, 14), new(false, 1, 14)]);
        var finding = world.Verify();
        Assert.Null(finding.Broken);
        Assert.Equal(new LostEntries(Number: 8, After: 4, Until: 7), Assert.Single(finding.Lost));
    }

    [Fact]
    public void A_record_that_was_lost_and_mended_leaves_a_chain_that_is_told_to_be_in_doubt()
    {
        var world = World([.. Enumerable.Repeat(new Step(false, 1, 14), 3)]);
        world.RollBack(2, kept: 14, recordIsLost: true);
        world.Write(kept: 14);
        var finding = world.Verify();
        Assert.Null(finding.Broken);
        Assert.Equal(new LostEntries(Number: 5, After: 2, Until: 4), Assert.Single(finding.Lost));
    }

    [Fact]
    public void A_tenant_without_writes_is_intact()
    {
        var finding = new ChainWorld().Verify();
        Assert.Equal((0, 0, 0, null), (finding.Entries, finding.First, finding.Last, finding.Broken));
    }

    [Fact]
    public void When_all_entries_are_gone_that_is_a_break()
    {
        var world = World([.. Enumerable.Repeat(new Step(false, 1, 14), 3)]);
        Assert.Equal((4, 0), (world.Verify([]).Broken!.Number, world.Verify([]).Broken!.Rev));
    }

    private static ChainWorld World(Step[] steps)
    {
        var world = new ChainWorld();
        world.Write(10);
        foreach (var step in steps)
        {
            if (step.RollsBack)
                world.RollBack(step.Commits, step.Kept);
            else
                world.Write(step.Kept);
        }
        return world;
    }

    // The damage, and the rev of the entry that must be named where it is certain.
    private static (List<AuditBytes> Stored, long? Named) Tamper(ChainWorld world, int kind, int one, int other, int bit)
    {
        var stored = world.Stored.ToList();
        var (i, j) = (one % stored.Count, other % stored.Count);
        switch (kind)
        {
            case 0:
                stored[i] = Flipped(stored[i], bit);
                return (stored, stored[i].Rev);
            case 1:
                stored.RemoveAt(i);
                // In the middle the next one is the first that does not fit; at the end nothing is left there.
                return (stored, i > 0 ? stored[i - 1].Rev : 0);
            case 2:
                (stored[i], stored[j]) = (stored[j], stored[i]);
                return (stored, null);
            case 3:
                stored.Insert(j, stored[i]);
                return (stored, null);
            case 4:
                stored[i] = stored[i] with { Rev = stored[i].Rev + 1 };
                return (stored, stored[i].Rev);
            case 5:
                stored.RemoveRange(0, i + 1);
                return (stored, null);
            default:
                stored.RemoveRange(i, stored.Count - i);
                return (stored, null);
        }
    }

    private static IEnumerable<(long, string)> Text(IEnumerable<AuditBytes> stored) =>
        stored.Select(entry => (entry.Rev, Convert.ToBase64String(entry.Sealed.Span)));

    private static AuditBytes Flipped(AuditBytes stored, int bit)
    {
        var bytes = stored.Sealed.ToArray();
        bytes[bit / 8 % bytes.Length] ^= (byte)(1 << bit % 8);
        return stored with { Sealed = bytes };
    }
}
