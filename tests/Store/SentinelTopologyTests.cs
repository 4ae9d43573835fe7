using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>What is made of what Sentinels say.</summary>
public sealed class SentinelTopologyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1:6379")]
    [InlineData("redis-1.example", "redis-1.example:6379")]
    [InlineData("2001:db8::7", "[2001:db8::7]:6379")]
    public async Task The_master_is_where_they_say(string ip, string address)
    {
        await using var sentinel = new Sentinel { Ip = ip };
        Assert.Equal(address, Show(await LookAsync(sentinel)));
    }

    [Theory]
    [InlineData("", "6379")]
    [InlineData("10.0.0.1", "0")]
    [InlineData("10.0.0.1", "65536")]
    [InlineData("10.0.0.1", "-1")]
    [InlineData("10.0.0.1", "x")]
    [InlineData("10.0.0.1", "")]
    public async Task An_address_that_is_none_names_no_master(string ip, string port)
    {
        await using var sentinel = new Sentinel { Ip = ip, Port = port };
        using var source = Source(sentinel);
        Assert.Null(await source.LookAsync(Token));
    }

    [Theory]
    [InlineData("*0\r\n")]
    [InlineData("*-1\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("$2\r\nip\r\n")]
    [InlineData(":1\r\n")]
    [InlineData("*1\r\n$2\r\nip\r\n")]
    [InlineData("*2\r\n$2\r\nip\r\n*0\r\n")]
    [InlineData("*2\r\n*0\r\n$8\r\n10.0.0.1\r\n")]
    [InlineData("-BUSY\r\n")]
    [InlineData("garbage\r\n")]
    public async Task An_answer_of_another_kind_names_no_master(string answer)
    {
        await using var sentinel = new ScriptedRedis(_ => answer);
        using var source = Source(sentinel.Address);
        Assert.Null(await source.LookAsync(Token));
    }

    [Theory]
    [InlineData("*0\r\n")]
    [InlineData("$-1\r\n")]
    [InlineData("*1\r\n*0\r\n")]
    [InlineData("*1\r\n$1\r\na\r\n")]
    [InlineData("*1\r\n*3\r\n$2\r\nip\r\n$8\r\n10.0.0.2\r\n$5\r\nflags\r\n")]
    public async Task Replicas_that_are_told_in_another_way_do_no_harm(string answer)
    {
        await using var sentinel = new Sentinel { Replicas = answer };
        Assert.Equal("10.0.0.1:6379", Show(await LookAsync(sentinel)));
    }

    [Fact]
    public async Task The_newest_epoch_counts()
    {
        await using var old = new Sentinel { Epoch = "4" };
        await using var young = new Sentinel { Epoch = "5", Ip = "10.0.0.2" };
        Assert.Equal("10.0.0.2:6379", Show(await LookAsync(old, young)));
        Assert.Equal("10.0.0.2:6379", Show(await LookAsync(young, old)));
    }

    [Theory]
    [InlineData("slave", 1)]
    [InlineData("slave,disconnected", 1)]
    [InlineData("s_down,slave", 0)]
    [InlineData("slave,o_down", 0)]
    [InlineData("s_down,slave,disconnected", 0)]
    public async Task A_replica_can_be_promoted_unless_every_Sentinel_holds_it_for_dead(string flags, int promotable)
    {
        await using var one = new Sentinel { Replicas = Replica("10.0.0.2", flags) };
        await using var other = new Sentinel { Replicas = Replica("10.0.0.2", "s_down,slave") };
        var quorum = (await LookAsync(one, other)).Shards[0].Quorum;
        Assert.Equal((promotable, 1), (quorum.Promotable.Count, quorum.Known.Count));
    }

    [Theory]
    [InlineData(true, "100", "100", "100")]
    [InlineData(true, "100", "100", "9000")]
    [InlineData(true, "100", "100", null)]
    [InlineData(false, "100", "9000", "9000")]
    [InlineData(false, "100", "down", "down")]
    [InlineData(false, "100", "", "")]
    [InlineData(false, "100", null, null)]
    [InlineData(false, "down", "down", "down")]
    [InlineData(false, "100", "elsewhere", "elsewhere")]
    public async Task Only_while_a_majority_hears_the_master_the_lease_runs(bool isLeased, params string?[] heard)
    {
        var began = Environment.TickCount64;
        var sentinels = heard.OfType<string>().Select(said => new Sentinel
        {
            Heard = said is "down" or "elsewhere" ? "100" : said,
            Flags = said == "down" ? "master,s_down" : "master",
            Ip = said == "elsewhere" ? "10.0.0.9" : "10.0.0.1",
            Epoch = said == "elsewhere" ? "1" : "2",
        }).ToArray();
        var end = (await LookAsync(sentinels)).Shards[0].Quorum.LeaseEnd;
        foreach (var sentinel in sentinels)
            await sentinel.DisposeAsync();
        // Half of down-after is 1,000 ms, and the master was heard 100 ms before.
        if (isLeased)
            Assert.True(end >= began + 900);
        else
            Assert.True(end < began + 900);
    }

    [Fact]
    public async Task A_former_master_counts_only_where_no_other_could_be_promoted()
    {
        var former = ScriptedRedis.Array("ip", "10.0.0.2", "port", "6379", "flags", "slave", "role-reported", "master");
        await using var alone = new Sentinel { Replicas = $"*1\r\n{former}" };
        Assert.Equal(["10.0.0.2:6379"], (await LookAsync(alone)).Shards[0].Quorum.Promotable);

        var other = ScriptedRedis.Array("ip", "10.0.0.3", "port", "6379", "flags", "slave", "role-reported", "slave");
        await using var both = new Sentinel { Replicas = $"*2\r\n{former}{other}" };
        var quorum = (await LookAsync(both)).Shards[0].Quorum;
        Assert.Equal(["10.0.0.3:6379"], quorum.Promotable);
        Assert.Equal(2, quorum.Known.Count);
    }

    [Fact]
    public async Task A_quorum_of_one_needs_every_Sentinel()
    {
        await using var one = new Sentinel { Quorum = "1" };
        await using var other = new Sentinel { Quorum = "1" };
        Assert.Equal(0, (await LookAsync(one, other)).Shards[0].Quorum.LeaseEnd);
    }

    [Fact]
    public async Task A_master_that_no_Sentinel_knows_is_said()
    {
        await using var sentinel = new ScriptedRedis(_ => "-ERR No such master with that name\r\n");
        using var source = Source(sentinel.Address);
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(async () => await source.LookAsync(Token));
        Assert.Equal(StoreReason.Misconfigured, refused.Reason);
        Assert.Contains("serviceName=", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_another_has_not_answered_it_may_know_the_master()
    {
        await using var stranger = new ScriptedRedis(_ => "-ERR No such master with that name\r\n");
        string[][] orders = [[stranger.Address, "127.0.0.1:1"], ["127.0.0.1:1", stranger.Address]];
        foreach (var addresses in orders)
        {
            using var source = Source(addresses);
            Assert.Null(await source.LookAsync(Token));
        }
    }

    [Fact]
    public async Task One_that_knows_the_master_is_enough()
    {
        await using var stranger = new ScriptedRedis(_ => "-ERR No such master with that name\r\n");
        await using var sentinel = new Sentinel();
        using var source = Source(stranger.Address, sentinel.Address);
        RedisTopology? found = null;
        await Waiting.UntilAsync(async () => (found = await source.LookAsync(Token)) is not null, "the Sentinel answers");
        Assert.Equal("10.0.0.1:6379", Show(found!));
    }

    private static SentinelTopology Source(params string[] sentinels) =>
        new(RedisSettings.Parse($"{string.Join(',', sentinels)},serviceName=gc", new StoreOptions()), replicas: null);

    private static SentinelTopology Source(params Sentinel[] sentinels) => Source([.. sentinels.Select(sentinel => sentinel.Address)]);

    private static async Task<RedisTopology> LookAsync(params Sentinel[] sentinels)
    {
        while (true)
        {
            using var source = Source(sentinels);
            // A busy machine may be late.
            if (await source.LookAsync(Token) is { } found && source.Failures.Count == 0)
                return found;
        }
    }

    private static string Show(RedisTopology topology) => RedisAddress.Show(Assert.Single(topology.Shards).Primary);

    private static string Replica(string ip, string flags) => $"*1\r\n{ScriptedRedis.Array("ip", ip, "port", "6379", "flags", flags)}";

    /// <summary>A Sentinel of three that says what is set.</summary>
    private sealed class Sentinel : IAsyncDisposable
    {
        private readonly ScriptedRedis server;

        public Sentinel() => server = new ScriptedRedis(command => command switch
        {
            "sentinel master gc" => ScriptedRedis.Array(
            [
                "name", "gc", "ip", Ip, "port", Port, "flags", Flags, .. Heard.Length == 0 ? Array.Empty<string>() : ["last-ok-ping-reply", Heard],
                "down-after-milliseconds", "2000", "config-epoch", Epoch, "num-other-sentinels", "2", "quorum", Quorum,
            ]),
            "sentinel replicas gc" => Replicas,
            _ => null,
        });

        public string Address => server.Address;

        public string Ip { get; init; } = "10.0.0.1";

        public string Port { get; init; } = "6379";

        public string Flags { get; init; } = "master";

        public string Heard { get; init; } = "100";

        public string Epoch { get; init; } = "1";

        public string Quorum { get; init; } = "2";

        public string Replicas { get; init; } = "*0\r\n";

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }
}
