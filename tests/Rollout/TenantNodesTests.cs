using GrpcCreds.Server.Rollout;
using Xunit;

namespace GrpcCreds.Tests.Rollout;

/// <summary>What one server stores about a tenant's nodes, and its limits.</summary>
public sealed class TenantNodesTests
{
    private readonly TenantNodes roster = new("server", new NodeShares());

    [Fact]
    public void Nodes_beyond_the_bound_are_not_kept_while_all_that_are_kept_are_there()
    {
        for (var number = 0; number < FleetSnapshot.MaxNodes; number++)
            Assert.NotNull(Change(number, entry => entry.Opened(1).WasSent(7)));
        Assert.Null(Change(FleetSnapshot.MaxNodes, entry => entry.Opened(2).WasSent(7)));
        // A known node is still accepted.
        Assert.NotNull(Change(0, entry => entry.HasApplied(7, 3)));
    }

    [Fact]
    public void Nodes_of_one_caller_are_bounded_over_all_tenants_and_another_callers_are_kept_all_the_same()
    {
        var shares = new NodeShares();
        TenantNodes[] tenants = [.. Enumerable.Range(0, (NodeShares.MaxPerCaller / 10_000) + 1).Select(_ => new TenantNodes("server", shares))];
        bool IsKept(TenantNodes tenant, string caller, int number) =>
            tenant.Change(new(caller, $"node-{number}", ""), entry => entry.Opened(1).WasSent(7).Closed(2), out var durable, out _) && durable is not null;

        foreach (var tenant in tenants[..^1])
            Assert.All(Enumerable.Range(0, 10_000), number => Assert.True(IsKept(tenant, "one", number)));
        Assert.False(IsKept(tenants[^1], "one", 0));
        Assert.True(IsKept(tenants[0], "one", 0));
        Assert.True(IsKept(tenants[^1], "other", 0));
        // A forgotten node makes room.
        tenants[0].Take();
        tenants[0].Forget(before: 1000);
        Assert.True(IsKept(tenants[^1], "one", 0));
    }

    [Fact]
    public void Those_that_went_longest_ago_make_room()
    {
        for (var number = 0; number < FleetSnapshot.MaxNodes; number++)
            Change(number, entry => entry.Opened(1).WasSent(7).Closed(1000 + number));
        roster.Take();
        Assert.NotNull(Change(FleetSnapshot.MaxNodes, entry => entry.Opened(2).WasSent(7)));
        Assert.Null(roster.Entry(Name(0)));
        Assert.NotNull(roster.Entry(Name(FleetSnapshot.MaxNodes - 1)));
        var batch = roster.Take()!;
        Assert.Equal([Name(FleetSnapshot.MaxNodes)], batch.Set.Select(entry => entry.Name));
        Assert.Contains(Name(0).KeyAt("server"), batch.Dropped);
    }

    [Fact]
    public async Task What_could_not_be_written_is_written_next_with_what_has_changed_meanwhile()
    {
        _ = Change(1, entry => entry.WasSent(7));
        var failed = roster.Take()!;
        _ = Change(2, entry => entry.WasSent(7));
        roster.Return(failed);
        failed.Done.SetResult(new InvalidOperationException("away"));
        var next = roster.Take()!;
        Assert.Equal([Name(1), Name(2)], next.Set.Select(entry => entry.Name).Order());
        // A repeated change that is already being written waits for that write.
        var again = Change(1, entry => entry.WasSent(7))!;
        Assert.False(again.IsCompleted);
        next.Done.SetResult(null);
        Assert.Null(await again);
        Assert.Null(roster.Take());
    }

    [Fact]
    public void Who_looks_at_a_tenant_without_a_credential_leaves_no_trace()
    {
        Change(1, entry => entry.Opened(1));
        Change(1, entry => entry.Closed(2));
        Assert.Null(roster.Entry(Name(1)));
        Assert.Null(roster.Take());
        Assert.True(roster.Forget(before: 0));
        Assert.False(roster.Change(Name(1), entry => entry.WasSent(7), out _, out _));
    }

    [Fact]
    public void The_streams_of_a_name_are_those_of_its_processes()
    {
        using var one = Open("node", "one");
        using var again = Open("node", "one");
        using var two = Open("node", "two");
        using var other = Open("other", "");
        Assert.Equal([one.Name, two.Name], roster.Streams(new("caller", "node", "")).Order());
        Assert.Equal((true, false), (roster.HasStream(two.Name), roster.HasStream(new("caller", "node", ""))));
        Assert.Equal((true, false), (roster.HasStream(other.Name), roster.HasStream(new("caller", "other", "two"))));
        Assert.False(roster.Leave(one));
        Assert.True(roster.Leave(again));
        Assert.False(roster.Leave(again));
        Assert.Equal([two.Name], roster.Streams(one.Name));
        Assert.True(roster.Leave(two));
        Assert.True(roster.Leave(other));
        Assert.Empty(roster.Streams());
    }

    private NodeStream Open(string node, string instance)
    {
        var stream = new NodeStream(new("caller", node, instance), [], DateTimeOffset.UnixEpoch);
        Assert.True(roster.Enter(stream));
        return stream;
    }

    private Task<Exception?>? Change(int number, Func<NodeEntry, NodeEntry> change)
    {
        Assert.True(roster.Change(Name(number), change, out var durable, out _));
        return durable;
    }

    private static NodeName Name(int number) => new("caller", $"node-{number:00000}", "");
}
