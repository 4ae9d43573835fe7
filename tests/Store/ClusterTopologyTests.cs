using System.Net;
using CsCheck;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>What is made of CLUSTER NODES, whatever the nodes say.</summary>
public sealed class ClusterTopologyTests
{
    private const string Me = "a 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-16383";
    private const string Follower = "b 10.0.0.2:6379@16379 slave a 0 0 1 connected";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("a 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-16383", "10.0.0.1:6379")]
    [InlineData("a 10.0.0.1:6379 myself,master - 0 0 1 connected 0-16383", "10.0.0.1:6379")]
    [InlineData("a 10.0.0.1:6379@16379, myself,master - 0 0 1 connected 0-16383", "10.0.0.1:6379")]
    [InlineData("a 10.0.0.1:6379@16379,redis.example myself,master - 0 0 1 connected 0-16383", "redis.example:6379")]
    [InlineData("a 10.0.0.1:6379@16379,redis.example,shard-id=1 myself,master - 0 0 1 connected 0-16383", "redis.example:6379")]
    [InlineData("a ::1:6379@16379 myself,master - 0 0 1 connected 0-16383", "[::1]:6379")]
    [InlineData("a 2001:db8::7:6379@16379,, myself,master - 0 0 1 connected 0-16383", "[2001:db8::7]:6379")]
    public async Task A_primary_is_where_it_says(string line, string address) => Assert.Equal(address, Owner(await LookAsync(line), 0));

    [Theory]
    [InlineData("a :6379@16379 myself,master - 0 0 1 connected 0-16383")]
    [InlineData("a :0@0 myself,master - 0 0 1 connected 0-16383")]
    [InlineData("a :0@0,, myself,master - 0 0 1 connected 0-16383")]
    public async Task A_node_that_does_not_know_its_address_is_the_one_that_was_asked(string line)
    {
        await using var server = Node(line);
        Assert.Equal(server.Address, Owner(await LookAsync(server), 0));
    }

    [Theory]
    [InlineData("c :0@0 master,noaddr - 0 0 2 disconnected 0-5460")]
    [InlineData("c :0@0 master,fail,noaddr - 0 0 2 disconnected 0-5460")]
    [InlineData("c :6379@16379 master - 0 0 2 connected 0-5460")]
    [InlineData("c 10.0.0.3:0@0 master - 0 0 2 connected 0-5460")]
    [InlineData("c 10.0.0.3:99999@16379 master - 0 0 2 connected 0-5460")]
    public async Task Slots_of_a_node_without_an_address_belong_to_no_other(string line)
    {
        var topology = await LookAsync(Me, line);
        Assert.Null(Owner(topology, 0));
        Assert.Equal("10.0.0.1:6379", Owner(topology, 5461));
        MarkedEach(topology);
    }

    [Fact]
    public async Task An_address_that_one_node_knows_is_used()
    {
        await using var first = Node("a 10.0.0.1:6379@1 myself,master - 0 0 1 connected 0-99", "c :0@0 master,noaddr - 0 0 2 disconnected 100-16383");
        await using var second = Node("c 10.0.0.3:6379@1 myself,master - 0 0 2 connected 100-16383");
        Assert.Equal("10.0.0.3:6379", Owner(await LookAsync(first, second), 100));
        Assert.Equal("10.0.0.3:6379", Owner(await LookAsync(second, first), 100));
    }

    [Fact]
    public async Task A_slot_belongs_to_the_newest_that_claims_it_in_whatever_order_the_nodes_answer()
    {
        string[] old = ["a 10.0.0.1:6379@1 myself,master - 0 0 1 connected 0-16383", "b 10.0.0.2:6379@1 slave a 0 0 1 connected"];
        string[] young = ["a 10.0.0.1:6379@1 master,fail - 0 0 1 connected", "b 10.0.0.2:6379@1 myself,master - 0 0 3 connected 0-16383"];
        foreach (var (one, other) in new[] { (old, young), (young, old) })
        {
            await using var first = Node(one);
            await using var second = Node(other);
            var topology = await LookAsync(first, second);
            Assert.Equal(("10.0.0.2:6379", "10.0.0.2:6379"), (Owner(topology, 0), Owner(topology, 16383)));
            // The old one holds nothing: nothing waits for it, and there is no key by which it could be marked.
            Assert.Equal("b", Assert.Single(topology.Shards).Name);
            MarkedEach(topology);
        }
    }

    [Fact]
    public async Task A_slot_on_its_way_belongs_to_its_primary_until_it_has_arrived()
    {
        var topology = await LookAsync(
            "a 10.0.0.1:6379@1 myself,master - 0 0 1 connected 0-99 [5->-c]", "c 10.0.0.3:6379@1 master - 0 0 2 connected 100-16383 [5-<-a]");
        Assert.Equal(("10.0.0.1:6379", "10.0.0.3:6379"), (Owner(topology, 5), Owner(topology, 100)));
    }

    [Theory]
    [InlineData("5-3")]
    [InlineData("-1")]
    [InlineData("16384")]
    [InlineData("0-16384")]
    [InlineData("x")]
    [InlineData("1-2-3")]
    [InlineData("99999999999999999999")]
    public async Task A_slot_that_is_none_is_passed_over(string slot)
    {
        var topology = await LookAsync($"a 10.0.0.1:6379@1 myself,master - 0 0 1 connected {slot} 7");
        Assert.Equal("10.0.0.1:6379", Owner(topology, 7));
        Assert.Null(Owner(topology, 4));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(16383)]
    public async Task A_primary_with_a_single_slot_has_a_key_to_mark(int slot) =>
        MarkedEach(await LookAsync(Me, $"c 10.0.0.3:6379@1 master - 0 0 2 connected {slot}"));

    [Fact]
    public async Task A_node_that_is_only_being_met_is_not_asked()
    {
        await using var stranger = Node(Me);
        await using var server = Node(Me, $"x {stranger.Address}@1 handshake - 0 0 0 connected");
        using var source = Source(server);
        await source.LookAsync(Token);
        await source.LookAsync(Token);
        Assert.Empty(stranger.Asked);
    }

    [Theory]
    [InlineData("b 10.0.0.2:6379@1 slave a 0 0 1 connected", 1, 1)]
    [InlineData("b 10.0.0.2:6379@1 slave,fail? a 0 0 1 connected", 1, 1)]
    [InlineData("b 10.0.0.2:6379@1 slave,fail a 0 0 1 connected", 0, 1)]
    [InlineData("b 10.0.0.2:6379@1 slave c 0 0 1 connected", 0, 0)]
    [InlineData("b 10.0.0.2:6379@1 handshake - 0 0 1 connected", 0, 0)]
    public async Task A_replica_can_be_promoted_unless_it_is_held_for_dead(string line, int promotable, int known)
    {
        var quorum = Assert.Single((await LookAsync(Me, line)).Shards).Quorum;
        Assert.Equal((promotable, known), (quorum.Promotable.Count, quorum.Known.Count));
    }

    [Fact]
    public async Task A_replica_that_does_not_know_its_address_is_one_replica()
    {
        await using var first = Node(Me, Follower);
        await using var second = Node("a 10.0.0.1:6379@16379 master - 0 0 1 connected 0-16383", "b :6379@16379 myself,slave a 0 0 1 connected");
        Assert.Equal("10.0.0.2:6379", Assert.Single(Assert.Single((await LookAsync(first, second)).Shards).Quorum.Promotable));
    }

    [Fact]
    public async Task Only_while_a_majority_of_the_primaries_hears_a_primary_its_lease_runs()
    {
        var shards = new[] { "0-5460", "5461-10922", "10923-16383" };
        string[] View(int own, string ofFirst) =>
            [.. shards.Select((slots, i) => $"{i} 10.0.0.{i}:6379@1 {(i == own ? "myself," : "")}master{(i == 0 ? ofFirst : "")} - 0 0 {i} connected {slots}")];
        async Task<bool> IsLeasedAsync(params string[] heard)
        {
            var nodes = heard.Select((flags, i) => Node(View(i, flags))).ToArray();
            var topology = await LookAsync(nodes);
            foreach (var node in nodes)
                await node.DisposeAsync();
            return topology.Shards.Single(shard => shard.Name == "0").Quorum.LeaseEnd > Environment.TickCount64 - 10_000;
        }
        Assert.True(await IsLeasedAsync("", "", ""));
        Assert.True(await IsLeasedAsync("", "", ",fail?"));
        Assert.True(await IsLeasedAsync("", ""));
        Assert.False(await IsLeasedAsync("", ",fail?", ",fail?"));
        Assert.False(await IsLeasedAsync("", ",fail"));
        Assert.False(await IsLeasedAsync(""));
    }

    [Theory]
    [InlineData("$-1\r\n")]
    [InlineData("$0\r\n\r\n")]
    [InlineData("*0\r\n")]
    [InlineData("*1\r\n$1\r\na\r\n")]
    [InlineData(":7\r\n")]
    [InlineData("+OK\r\n")]
    [InlineData("-ERR This instance has cluster support disabled\r\n")]
    [InlineData("-LOADING\r\n")]
    [InlineData("$-5\r\n")]
    [InlineData("$99999999999\r\n")]
    [InlineData("?\r\n")]
    public async Task An_answer_of_another_kind_is_none(string answer)
    {
        await using var server = new ScriptedRedis(_ => answer);
        using var source = Source(server);
        Assert.Null(await source.LookAsync(Token));
    }

    /// <summary>Whatever becomes of the lines, there is no exception, and no slot gets an owner that nobody claimed it for.</summary>
    [Fact]
    public async Task Damaged_lines_are_read_without_harm()
    {
        var whole = string.Join('\n', Me, Follower, "c 10.0.0.3:6379@1,h master - 0 0 2 connected 5-9 [1->-a]", "");
        var now = whole;
        await using var server = new ScriptedRedis(command => command.StartsWith("cluster nodes", StringComparison.Ordinal) ? ScriptedRedis.Bulk(now) : null);
        var changes = Gen.Select(Gen.Int[0, whole.Length - 1], Gen.Int[0, 9], Gen.String[Gen.Char[" \n,:@-?[]09a"], 0, 4]);
        await changes.SampleAsync(
            async change =>
            {
                var (at, length, text) = change;
                now = whole[..at] + text + whole[Math.Min(whole.Length, at + length)..];
                using var source = Source(server);
                if (await source.LookAsync(Token) is { } topology)
                    MarkedEach(topology);
            },
            iter: 300,
            threads: 1);
    }

    private static ScriptedRedis Node(params string[] lines) =>
        new(command => command.StartsWith("cluster nodes", StringComparison.Ordinal) ? ScriptedRedis.Bulk(string.Join('\n', lines) + "\n") : null);

    private static ClusterTopology Source(params ScriptedRedis[] nodes) =>
        new(RedisSettings.Parse(string.Join(',', nodes.Select(node => node.Address)), new StoreOptions()), replicas: null);

    private static async Task<RedisTopology> LookAsync(params string[] lines)
    {
        await using var server = Node(lines);
        return await LookAsync(server);
    }

    private static async Task<RedisTopology> LookAsync(params ScriptedRedis[] nodes)
    {
        while (true)
        {
            using var source = Source(nodes);
            // A busy machine may be late.
            if (await source.LookAsync(Token) is { } found && source.Failures.Count == 0)
                return found;
        }
    }

    private static string? Owner(RedisTopology topology, int slot) => topology.Owners![slot] is var owner and >= 0
        ? topology.Shards[owner].Primary is DnsEndPoint host ? $"{host.Host}:{host.Port}" : topology.Shards[owner].Primary.ToString()
        : null;

    private static void MarkedEach(RedisTopology topology) =>
        Assert.All(topology.Shards, shard => Assert.Equal(shard.Name, topology.Of(topology.MarkKey(shard))?.Name));
}
