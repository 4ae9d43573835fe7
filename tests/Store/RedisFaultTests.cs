using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>A Redis that must be refused, and one that goes away, freezes or forgets. Each test has a server of its own.</summary>
public sealed class RedisFaultTests : IAsyncLifetime
{
    internal static readonly TenantId Acme = TenantId.Parse("acme");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly FakeLogger<RedisStore> logger = new();
    private readonly List<RedisStore> opened = [];
    private RedisServer redis = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var store in opened)
            await store.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
    }

    [Theory]
    [InlineData("appendonly", "no", "appendonly yes")]
    [InlineData("appendfsync", "everysec", "appendfsync always")]
    [InlineData("no-appendfsync-on-rewrite", "yes", "no-appendfsync-on-rewrite no")]
    [InlineData("maxmemory-policy", "allkeys-lru", "maxmemory-policy noeviction")]
    public async Task An_unsafe_setting_is_refused_with_the_fix_unless_tolerated(string name, string value, string fix)
    {
        var running = await OpenAsync();
        await redis.AdminAsync("CONFIG", "SET", name, value);

        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => New().OpenAsync(Token));
        Assert.Equal(StoreReason.Unsafe, refused.Reason);
        Assert.Contains($"set {fix}", refused.Message, StringComparison.Ordinal);

        var fault = await running.CheckAsync(Token);
        Assert.Equal((StoreReason.Unsafe, false), (fault!.Reason, fault.Tolerated));

        var weak = New(options => options.AllowWeakDurability = true);
        await weak.OpenAsync(Token);
        Assert.True((await weak.CheckAsync(Token))!.Tolerated);
        Assert.Single(logger.Collector.GetSnapshot(), entry => entry.Level is LogLevel.Warning && entry.Message.Contains(fix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_master_with_a_replica_and_the_replica_are_refused()
    {
        await using var replica = await RedisServer.StartAsync("--replicaof", "127.0.0.1", $"{redis.Port}");
        await UntilAsync(async () => (await redis.AdminAsync("INFO", "replication")).ToString().Contains("connected_slaves:1", StringComparison.Ordinal));

        foreach (var server in new[] { redis, replica })
        {
            var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => New(at: server.ConnectionString).OpenAsync(Token));
            Assert.Equal(StoreReason.TopologyUnsupported, refused.Reason);
        }

        var weak = New(options => options.AllowWeakDurability = true);
        await weak.OpenAsync(Token);
        Assert.Equal(StoreReason.TopologyUnsupported, (await weak.CheckAsync(Token))!.Reason);
    }

    [Fact]
    public async Task A_Cluster_node_that_holds_nothing_is_refused()
    {
        await using var cluster = await RedisServer.StartAsync("--cluster-enabled", "yes");
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => New(at: cluster.ConnectionString).OpenAsync(Token));
        Assert.Equal(StoreReason.Unreachable, refused.Reason);
        Assert.Contains("no slots", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1:1,canary=1", StoreReason.Misconfigured)]
    [InlineData("127.0.0.1:1,ssl=canary", StoreReason.Misconfigured)]
    [InlineData("redis://:canary@127.0.0.1:1", StoreReason.Misconfigured)]
    [InlineData("password=canary", StoreReason.Misconfigured)]
    public void A_connection_string_that_will_not_do_is_named_but_not_repeated(string text, string reason)
    {
        var refused = Assert.Throws<StoreRefusedException>(() => RedisSettings.Parse(text, new StoreOptions()));
        Assert.Equal(reason, refused.Reason);
        Assert.Contains("ConnectionStrings:Redis", refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_said_without_it()
    {
        await redis.AdminAsync("CONFIG", "SET", "requirepass", "right");
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => New(at: $"{redis.ConnectionString},password=canary").OpenAsync(Token));
        Assert.Equal(StoreReason.Unreachable, refused.Reason);
        Assert.Contains($"{redis.Address} refuses the login: user or password is wrong (WRONGPASS)", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Redis_that_starts_a_little_later_is_waited_for()
    {
        await redis.KillAsync();
        var store = New();
        var opening = store.OpenAsync(Token);
        await redis.RestartAsync();
        Assert.Null(await opening);
    }

    [Fact]
    public async Task A_user_without_CONFIG_is_refused_with_the_rule_to_add()
    {
        await redis.AdminAsync("ACL", "SETUSER", "service", "on", ">pw", "~*", "&*", "+@all", "-config");
        var at = $"{redis.ConnectionString},user=service,password=pw";
        var refused = await Assert.ThrowsAsync<StoreRefusedException>(() => New(at: at).OpenAsync(Token));
        Assert.Contains("+config|get", refused.Message, StringComparison.Ordinal);

        await New(options => options.AllowWeakDurability = true, at).OpenAsync(Token);
    }

    [Fact]
    public async Task Nothing_that_stands_for_itself_is_written_into_a_Redis_that_was_emptied()
    {
        var store = New();
        await store.OpenAsync(Token);
        await store.CreateMetaAsync(Meta, Token);
        await redis.AdminAsync("FLUSHALL");
        var guard = new CasWrite { Key = "k", ReadVersion = 0, Version = 1, Sealed = new byte[1], Now = DateTimeOffset.UnixEpoch, Lifetime = Patience };
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SetGuardAsync(guard, Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.SetNodesAsync(Acme, [new("a", "1")], [], DateTimeOffset.UnixEpoch, Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.BeatAsync(new("one", DateTimeOffset.UnixEpoch, ""), Token));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.AppendAsync(AuditJournal.Disclosures(Acme), Guid.NewGuid(), new byte[1], Token));
        Assert.Equal(0, (long)await redis.AdminAsync("DBSIZE"));
    }

    // The permissions that docs/operations/stores.md tells an operator to give the service, and no more.
    internal static string[] DocumentedRules()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations", "stores.md"));
        var from = page.IndexOf("ACL SETUSER grpccreds on >", StringComparison.Ordinal);
        var command = page[from..page.IndexOf("```", from, StringComparison.Ordinal)];
        return [.. command.Split([' ', '\\', '\n'], StringSplitOptions.RemoveEmptyEntries).Skip(5)];
    }

    [Fact]
    public async Task A_user_with_only_what_the_store_needs_and_no_channel_does_all_but_hint()
    {
        await redis.AdminAsync("ACL", ["SETUSER", "service", "on", ">pw", "resetchannels", .. DocumentedRules().Where(rule => !rule.StartsWith('&'))]);
        var store = New(at: $"{redis.ConnectionString},user=service,password=pw");
        Assert.Null(await store.OpenAsync(Token));
        await store.CreateMetaAsync(Meta, Token);

        for (var rev = 1; rev <= 300; rev++)
            Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(NewCommit(rev, rev - 1), Token));
        Assert.Equal([300L], await store.RevsAsync([Acme], Token));
        Assert.Equal(10, (await store.AuditAsync(Acme, null, 10, Token)).Count);
        Assert.Empty(await store.DueAsync(DateTimeOffset.MaxValue, 10, Token));
        Assert.Equal(300, (await store.ChangesSinceAsync(0, 0, Token)).Seq);
        var guard = new CasWrite { Key = "k", ReadVersion = 0, Version = 1, Sealed = new byte[1], Now = DateTimeOffset.UnixEpoch, Lifetime = Patience };
        Assert.True(await store.SetGuardAsync(guard, Token));
        Assert.Equal(1, (await store.GuardAsync("k", DateTimeOffset.UnixEpoch, Token))!.Version);
        await store.SetNodesAsync(Acme, [new("a", "1"), new("b", "1")], ["c"], DateTimeOffset.UnixEpoch, Token);
        await store.SetNodesAsync(Acme, [], ["b"], DateTimeOffset.UnixEpoch + StoredNode.Lifetime, Token);
        Assert.Equal("a", Assert.Single((await store.NodesSinceAsync(Acme, 1, Token)).Nodes).Key);
        await redis.AdminAsync("HSET", "{gc}:servers", "old", "1 1 keys", "damaged", "x");
        Assert.Equal("one", Assert.Single(await store.BeatAsync(new("one", DateTimeOffset.UnixEpoch, ""), Token)).Server);
        Assert.Null(await store.CheckAsync(Token));

        Assert.Single(logger.Collector.GetSnapshot(), entry => entry.Message.Contains("&gc:changes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_commit_that_timed_out_was_applied_at_most_once_and_its_id_tells()
    {
        var store = await OpenAsync(options => options.CommandTimeout = TimeSpan.FromMilliseconds(300));
        var commit = NewCommit(1, 0);

        redis.Stop();
        var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(commit, Token));
        Assert.DoesNotContain("acme", unavailable.ToString(), StringComparison.Ordinal);
        redis.Continue();

        CommitOutcome? outcome = null;
        await UntilAsync(async () => (outcome = await TryAsync(() => store.CommitAsync(commit, Token))) is not null);
        Assert.True(outcome is CommitOutcome.Known or CommitOutcome.Committed);
        Assert.Single(await store.AuditAsync(Acme, null, 10, Token));
        Assert.Equal(1, (await store.ChangesSinceAsync(0, 0, Token)).Seq);
    }

    [Fact]
    public async Task A_restart_is_hinted_and_hints_come_again()
    {
        var store = await OpenAsync();
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(NewCommit(1, 0), Token));
        var reconnected = NextHint(store, StoreHint.Reconnected);

        await redis.KillAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.RevsAsync([Acme], Token));
        await redis.RestartAsync();

        await reconnected;
        await UntilAsync(async () => await TryAsync(() => store.RevsAsync([Acme], Token)) is [1]);
        var rev = 1L;
        var changed = NextHint(store, StoreHint.Changed);
        await UntilAsync(async () =>
        {
            Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(NewCommit(rev + 1, rev++), Token));
            return changed.IsCompleted;
        });
    }

    [Fact]
    public async Task Another_process_behind_the_same_address_is_noticed_by_the_check()
    {
        var store = await OpenAsync();
        await redis.RestartAsync();
        var reconnected = NextHint(store, StoreHint.Reconnected);
        await UntilAsync(async () =>
        {
            try
            {
                return await store.CheckAsync(Token) is null;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
        await reconnected;
    }

    [Fact]
    public async Task A_flushed_Redis_no_longer_knows_whose_it_is_and_takes_nothing_from_who_has_seen_more()
    {
        var store = await OpenAsync();
        await store.CommitAsync(NewCommit(1, 0), Token);
        await redis.AdminAsync("FLUSHALL");

        var changes = await store.ChangesSinceAsync(0, 1, Token);
        Assert.Equal((null, 0L), (changes.DeploymentId, changes.Seq));
        Assert.Equal(0, Assert.IsType<CommitOutcome.Behind>(await store.CommitAsync(NewCommit(2, 0) with { SeqSeen = 1 }, Token)).Seq);
    }

    [Fact]
    public async Task An_older_data_set_shows_as_a_counter_that_went_back()
    {
        var store = await OpenAsync();
        await store.CommitAsync(NewCommit(1, 0), Token);
        var old = redis.CopyData();
        await store.CommitAsync(NewCommit(2, 1), Token);

        await redis.KillAsync();
        redis.RestoreData(old);
        await redis.RestartAsync();

        Changes? changes = null;
        await UntilAsync(async () => (changes = await TryAsync(() => store.ChangesSinceAsync(0, 0, Token))) is not null);
        Assert.Equal(("deployment-1", 1L), (changes!.DeploymentId, changes.Seq));
        Assert.IsType<CommitOutcome.Behind>(await store.CommitAsync(NewCommit(3, 2) with { SeqSeen = 2 }, Token));
    }

    [Fact]
    public async Task A_Redis_out_of_memory_refuses_the_whole_commit_and_says_so()
    {
        var store = await OpenAsync();
        await store.CommitAsync(NewCommit(1, 0), Token);
        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "1");

        var commit = NewCommit(2, 1);
        var unavailable = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.CommitAsync(commit, Token));
        Assert.Contains("maxmemory", unavailable.Message, StringComparison.Ordinal);
        Assert.Equal([1L], await store.RevsAsync([Acme], Token));
        Assert.Equal(1, (await store.ChangesSinceAsync(0, 0, Token)).Seq);

        await redis.AdminAsync("CONFIG", "SET", "maxmemory", "0");
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(commit, Token));
    }

    [Fact]
    public async Task A_damaged_name_and_a_damaged_rev_hide_nobody_else()
    {
        var store = await OpenAsync();
        await store.CommitAsync(NewCommit(1, 0), Token);
        await redis.AdminAsync("ZADD", "{gc:0}:ix", 2, "Not a tenant");
        Assert.Equal([new Change(Acme, 1)], (await store.ChangesSinceAsync(0, 0, Token)).Tenants);

        await redis.AdminAsync("ZADD", "{gc:0}:due", 1, "Not a tenant", 2, "acme");
        Assert.Equal([Acme], await store.DueAsync(DateTimeOffset.UtcNow, 10, Token));

        foreach (var rev in new[] { "1x", "01", "" })
        {
            await redis.AdminAsync("HSET", "{gc:0}:r:acme", "rev", rev);
            Assert.True(Assert.Single(await store.ReadAsync([Acme], Token)).IsLost);
            Assert.Equal([0L], await store.RevsAsync([Acme], Token));
        }
    }

    private static readonly StoreMeta Meta = new("deployment-1", 1, 1, new Dictionary<string, string>());

    private RedisStore New(Action<StoreOptions>? set = null, string? at = null)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(5) };
        set?.Invoke(options);
        var store = new RedisStore(RedisSettings.Parse(at ?? redis.ConnectionString, options), Options.Create(options), Background.New(), logger);
        opened.Add(store);
        return store;
    }

    private async Task<RedisStore> OpenAsync(Action<StoreOptions>? set = null)
    {
        var store = New(set);
        Assert.Null(await store.OpenAsync(Token));
        await store.CreateMetaAsync(Meta, Token);
        return store;
    }

    internal static Commit NewCommit(long rev, long read) => new()
    {
        Tenant = Acme,
        Request = new RequestEntry(Guid.NewGuid(), DateTimeOffset.UnixEpoch, new byte[32], rev, "DONE"),
        ReadRev = read,
        Record = new StoredRecord(rev, "key-1", new byte[600]),
        Due = null,
        Audit = new byte[100],
        SeqSeen = 0,
    };

    private static async Task NextHint(RedisStore store, StoreHint wanted)
    {
        var hinted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Hinted += hint =>
        {
            if (hint == wanted)
                hinted.TrySetResult();
        };
        await hinted.Task.WaitAsync(Patience, Token);
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> call)
        where T : class
    {
        try
        {
            return await call();
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!await condition())
            await Task.Delay(10, patience.Token);
    }
}
