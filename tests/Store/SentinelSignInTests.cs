using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The login at Sentinels, which is their own, and Sentinels that are not there.</summary>
public sealed class SentinelSignInTests(SharedSentinel servers) : IClassFixture<SharedSentinel>, IAsyncLifetime
{
    private const string User = "watcher", Word = "its own, word";

    private readonly OpenStores stores = new();
    private readonly TemporaryDirectory directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Robustness.Supervisor.SentinelTopology Topology => (Robustness.Supervisor.SentinelTopology)servers.Topology;

    private string Sentinels => Topology.Settings[0].Split('=', 2)[1];

    private string PasswordFile => Path.Combine(directory.Path, "sentinel-password");

    public async ValueTask InitializeAsync() => await (await Topology.ShardAsync()).Primary.AskAsync("FLUSHALL");

    public async ValueTask DisposeAsync()
    {
        await stores.DisposeAsync();
        directory.Dispose();
        await Topology.HealthyAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task They_have_a_user_and_a_password_of_their_own(bool isFile)
    {
        foreach (var sentinel in Topology.Sentinels)
            await sentinel.AskAsync("ACL", "SETUSER", User, "reset", "on", $">{Word}", "+sentinel|master", "+sentinel|replicas");
        Write(Word);
        var signIn = new RedisOptions { SentinelUser = User, SentinelPassword = isFile ? null : Word, SentinelPasswordFile = isFile ? PasswordFile : null };
        var store = await stores.OpenAsync(Topology, signIn: signIn);
        Assert.Null(await store.CheckAsync(Token));
    }

    [Fact]
    public async Task A_wrong_one_is_said_at_once()
    {
        foreach (var sentinel in Topology.Sentinels)
            await sentinel.AskAsync("ACL", "SETUSER", User, "reset", "on", $">{Word}", "+sentinel|master", "+sentinel|replicas");
        await UnreachableAsync(Sentinels, new() { SentinelUser = User, SentinelPassword = "canary" }, "the Sentinel at", "refuses the login", "WRONGPASS");
    }

    [Fact]
    public async Task A_user_who_may_not_ask_is_told_what_to_grant()
    {
        foreach (var sentinel in Topology.Sentinels)
            await sentinel.AskAsync("ACL", "SETUSER", User, "reset", "on", $">{Word}", "+ping");
        await UnreachableAsync(
            Sentinels, new() { SentinelUser = User, SentinelPassword = Word }, "refuses SENTINEL MASTER", "+sentinel|master +sentinel|replicas");
    }

    [Fact]
    public async Task One_that_is_needed_and_not_set_is_named_and_that_of_Redis_is_not_sent()
    {
        await using var sentinel = new ScriptedRedis(_ => "-NOAUTH Authentication required.\r\n");
        await UnreachableAsync(
            $"{sentinel.Address},serviceName=gc,user=canary,password=canary", null, "NOAUTH", "Redis:SentinelPassword or Redis:SentinelPasswordFile");
        Assert.NotEmpty(sentinel.Asked);
        Assert.DoesNotContain(sentinel.Asked, command => command.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_password_that_is_set_for_Sentinels_is_not_sent_to_Redis()
    {
        await using var redis = new ScriptedRedis(_ => "-NOAUTH Authentication required.\r\n");
        var (host, port) = (redis.Address.Split(':')[0], redis.Address.Split(':')[1]);
        await using var sentinel = new ScriptedRedis(command => command switch
        {
            "sentinel master gc" => ScriptedRedis.Array(
                "ip", host, "port", port, "flags", "master", "last-ok-ping-reply", "1", "down-after-milliseconds", "1000"),
            "sentinel replicas gc" => "*0\r\n",
            _ => null,
        });
        await UnreachableAsync(
            $"{sentinel.Address},serviceName=gc",
            new() { SentinelUser = "canary", SentinelPassword = "canary" },
            "NOAUTH",
            "Redis:Password or Redis:PasswordFile");
        Assert.Contains(sentinel.Asked, command => command.Contains("canary", StringComparison.Ordinal));
        Assert.DoesNotContain(redis.Asked, command => command.Contains("canary", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_name_that_no_Sentinel_knows_is_refused() => await RefusedAsync(
        Sentinels.Replace("serviceName=gc", "serviceName=other", StringComparison.Ordinal), null, StoreReason.Misconfigured,
        "do not know the master that serviceName= in ConnectionStrings:Redis names");

    [Fact]
    public async Task Without_serviceName_a_Sentinel_is_recognised() =>
        await RefusedAsync(Topology.Sentinels.First().Host.Address, null, StoreReason.TopologyUnsupported, "add serviceName=");

    [Fact]
    public async Task If_none_can_be_reached_that_is_said() =>
        await UnreachableAsync("127.0.0.1:1,127.0.0.1:2,serviceName=gc", null, "the Sentinel at 127.0.0.1:", "the connection is refused");

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_is_away_from_the_start_is_not_needed(bool isFrozen)
    {
        var sentinel = Topology.Sentinels.First();
        if (isFrozen)
            sentinel.Freeze();
        else
            await sentinel.KillAsync();
        var store = await stores.OpenAsync(Topology);
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(RedisFaultTests.NewCommit(1, 0), Token));
        Assert.Null(await store.CheckAsync(Token));
    }

    private Task UnreachableAsync(string address, RedisOptions? signIn, params string[] texts) => RefusedAsync(address, signIn, StoreReason.Unreachable, texts);

    private async Task RefusedAsync(string address, RedisOptions? signIn, string reason, params string[] texts)
    {
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => stores.New(address, signIn: signIn).OpenAsync(Token));
        Assert.Equal(reason, refused.Reason);
        Assert.All(texts, text => Assert.Contains(text, refused.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    private void Write(string password)
    {
        File.WriteAllText(PasswordFile, password);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(PasswordFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
