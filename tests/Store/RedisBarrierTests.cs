using System.Globalization;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>A primary with one replica: what is answered is on both, whatever happens in between.</summary>
public sealed class RedisBarrierTests(SharedPair servers) : IClassFixture<SharedPair>, IAsyncLifetime
{
    private static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly OpenStores stores = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static CultureInfo Plain => CultureInfo.InvariantCulture;

    private Topology Topology => servers.Topology;

    private StoreNode Primary => Topology.Nodes[0];

    private StoreNode Replica => Topology.Nodes[1];

    public async ValueTask InitializeAsync() => await Primary.AskAsync("FLUSHALL");

    public async ValueTask DisposeAsync()
    {
        await stores.DisposeAsync();
        await Topology.HealthyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_answered_while_the_replica_is_away_and_all_is_when_it_is_back(bool isFrozen)
    {
        var store = await stores.OpenAsync(Topology, TimeSpan.FromSeconds(20));
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(Acme, 1, 0), Token));
        if (isFrozen)
            Replica.Freeze();
        else
            Topology.Network.Part([Primary.Name], Replica.Name);
        var write = store.CommitAsync(OpenStores.Commit(Acme, 2, 1), Token);
        var read = store.ReadAsync([Acme], Token);
        await Task.Delay(500, Token);
        Assert.Equal("2", (await Primary.AskAsync("HGET", "{gc:0}:r:acme", "rev")).Text);
        Assert.False(write.IsCompleted || read.IsCompleted);

        if (isFrozen)
            Replica.Continue();
        else
            Topology.Network.Heal();
        Assert.IsType<CommitOutcome.Committed>(await write);
        Assert.Equal("2", (await Replica.AskAsync("HGET", "{gc:0}:r:acme", "rev")).Text);
        await read;
    }

    [Fact]
    public async Task What_the_replicas_of_a_former_primary_confirm_counts_no_more()
    {
        var isPrimary = true;
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(1), Replicas = "1" };
        await using var store = new RedisStore(
            RedisSettings.Parse(Primary.Host.Address, options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance)
        {
            Barriers = (redis, primary, commands, quorum, markKey) =>
                new RedisBarrier(redis, primary, commands, () => isPrimary ? quorum() : null, markKey),
        };
        Assert.Null(await store.OpenAsync(Token));
        isPrimary = false;
        var commit = OpenStores.Commit(Acme, 1, 0);
        var failed = await Assert.ThrowsAsync<StoreUnconfirmedException>(() => store.CommitAsync(commit, Token));
        Assert.Contains("the store's primary is changing", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreUnconfirmedException>(() => store.RevsAsync([Acme], Token));
        isPrimary = true;
        Assert.IsType<CommitOutcome.Known>(await store.CommitAsync(commit, Token));
    }

    [Fact]
    public async Task A_write_that_is_not_confirmed_in_time_is_given_up_and_the_same_id_stands_later()
    {
        var store = await stores.OpenAsync(Topology, TimeSpan.FromMilliseconds(800));
        Replica.Freeze();
        var commit = OpenStores.Commit(Acme, 1, 0);
        var failed = await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.CommitAsync(commit, Token));
        Assert.Contains("only 0 of 1 replicas confirmed in time", failed.Message, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<StoreUnavailableException>(() => store.CheckAsync(Token));
        Replica.Continue();
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    Assert.Equal(1, (await store.ReadAsync([Acme], Token))[0].Record?.Rev);
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the replica confirms again");
        Assert.Null(await store.CheckAsync(Token));
    }

    /// <summary>Whichever of the connections is cut off, in the middle of writes.</summary>
    [Fact]
    public async Task Nothing_unconfirmed_is_answered_while_connections_are_killed()
    {
        var store = await stores.OpenAsync(Topology);
        await WhileWritingAsync(store, async () =>
        {
            for (var round = 0; round < 10; round++)
            {
                var clients = (await Primary.AskAsync("CLIENT", "LIST", "TYPE", "normal")).Text.Split('\n');
                foreach (var client in clients.Where(line => line.StartsWith("id=", StringComparison.Ordinal)))
                {
                    // The library names its connections, the barrier does not.
                    var isBarrier = client.Contains(" name= ", StringComparison.Ordinal);
                    if (isBarrier == (round % 2 == 0))
                        await KillAsync(client.Split(' ')[0][3..]);
                }
                await Task.Delay(200, Token);
            }
        });
    }

    [Fact]
    public async Task Nothing_unconfirmed_is_answered_while_the_primary_restarts_at_once()
    {
        var store = await stores.OpenAsync(Topology);
        await WhileWritingAsync(store, async () =>
        {
            for (var round = 0; round < 2; round++)
            {
                await Task.Delay(300, Token);
                await Primary.KillAsync();
                await Primary.StartAsync();
                await Waiting.UntilAsync(async () => await IsWritableAsync(store), "writes are confirmed again");
            }
        });
    }

    [Fact]
    public async Task Many_writers_share_a_round()
    {
        const int writers = 32, each = 8;
        var store = await stores.OpenAsync(Topology, TimeSpan.FromSeconds(20));
        var before = await WaitsAsync();
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
        {
            for (var rev = 1; rev <= each; rev++)
                Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(OpenStores.Commit(TenantId.Parse($"t-{writer}"), rev, rev - 1), Token));
        }));
        Assert.InRange(await WaitsAsync() - before, 1, writers * each / 4);
    }

    private async Task<int> WaitsAsync() => int.Parse(
        (await Primary.InfoAsync("commandstats")).GetValueOrDefault("cmdstat_wait", "calls=0,").Split('=', ',')[1], Plain);

    /// <summary>Several writers, of whose every answer the replica must know, and who are answered again in the end.</summary>
    private async Task WhileWritingAsync(RedisStore store, Func<Task> disturb)
    {
        using var ending = new CancellationTokenSource();
        var answered = 0;
        var writing = Task.WhenAll(Enumerable.Range(0, 6).Select(number => TenantId.Parse($"t-{number}")).Select(async tenant =>
        {
            var (rev, sent) = (0L, 0L);
            while (!ending.IsCancellationRequested)
            {
                try
                {
                    sent++;
                    var outcome = await store.CommitAsync(OpenStores.Commit(tenant, sent, rev), Token);
                    if (outcome is CommitOutcome.Committed)
                    {
                        Interlocked.Increment(ref answered);
                        Assert.True(await RevAtReplicaAsync(tenant) >= sent, "the replica has what was answered");
                        rev = sent;
                    }
                    else
                    {
                        rev = (await store.ReadAsync([tenant], Token))[0].Record?.Rev ?? 0;
                        Assert.True(await RevAtReplicaAsync(tenant) >= rev, "the replica has what was read");
                    }
                }
                catch (StoreUnavailableException)
                {
                    await Task.Delay(20, Token);
                }
            }
        }));
        await disturb();
        await Waiting.UntilAsync(async () => await IsWritableAsync(store), "writes are confirmed again");
        await ending.CancelAsync();
        await writing;
        Assert.True(answered > 20, $"only {answered} writes were answered");
    }

    private async Task<long> RevAtReplicaAsync(TenantId tenant) =>
        long.TryParse((await Replica.AskAsync("HGET", $"{{gc:0}}:r:{tenant}", "rev")).Text, NumberStyles.None, Plain, out var rev) ? rev : 0;

    private static async Task<bool> IsWritableAsync(RedisStore store)
    {
        try
        {
            var rev = (await store.ReadAsync([Acme], Token))[0].Record?.Rev ?? 0;
            return await store.CommitAsync(OpenStores.Commit(Acme, rev + 1, rev), Token) is CommitOutcome.Committed;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async Task KillAsync(string client)
    {
        try
        {
            await Primary.AskAsync("CLIENT", "KILL", "ID", client);
        }
        catch (InvalidOperationException)
        {
            // It has gone by itself.
        }
    }
}
