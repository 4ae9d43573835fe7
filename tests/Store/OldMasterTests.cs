using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Tests.Robustness.Supervisor;
using GrpcCreds.Tests.Support;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>After a failover the old master still answers whoever reaches it. No answer of it may count.</summary>
public sealed class OldMasterTests(SharedSentinel servers) : IClassFixture<SharedSentinel>, IAsyncLifetime
{
    private static readonly TenantId Acme = TenantId.Parse("acme");
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(1);

    private readonly OpenStores stores = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Topology Topology => servers.Topology;

    public async ValueTask InitializeAsync() => await (await Topology.ShardAsync()).Primary.AskAsync("FLUSHALL");

    public async ValueTask DisposeAsync()
    {
        await stores.DisposeAsync();
        await Topology.HealthyAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_answers_neither_reads_nor_writes(bool isFrozen)
    {
        var old = (await Topology.ShardAsync()).Primary;
        var follower = await stores.OpenAsync(Topology, Timeout);
        var stayer = await stores.OpenAsync(
            old.Host.Address,
            options =>
            {
                options.CommandTimeout = Timeout;
                options.Replicas = "2";
            });
        Assert.IsType<CommitOutcome.Committed>(await follower.CommitAsync(OpenStores.Commit(Acme, 1, 0), Token));
        Assert.Equal(1, (await stayer.ReadAsync([Acme], Token))[0].Record!.Rev);

        if (isFrozen)
            old.Freeze();
        else
            Topology.Network.Part([old.Name], Topology.Nodes.Where(node => node != old).Select(node => node.Name));
        CommitOutcome? outcome = null;
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    outcome = await follower.CommitAsync(OpenStores.Commit(Acme, 2, 1), Token);
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the new master confirms");
        Assert.IsType<CommitOutcome.Committed>(outcome);
        if (isFrozen)
            old.Continue();

        // It may be asked until it learns that it is one no more, and also then.
        for (var end = DateTime.UtcNow + TimeSpan.FromSeconds(3); DateTime.UtcNow < end;)
        {
            await NothingOldAsync(async () => (await stayer.ReadAsync([Acme], Token))[0].Record!.Rev);
            await NothingOldAsync(() => RevAfterAsync(stayer));
        }
        // What comes back as a replica must first have everything.
        await Waiting.UntilAsync(
            async () =>
            {
                try
                {
                    Assert.Equal(2, (await follower.ReadAsync([Acme], Token))[0].Record!.Rev);
                    return true;
                }
                catch (StoreUnavailableException)
                {
                    return false;
                }
            },
            "the new master confirms");
    }

    private static async Task<long> RevAfterAsync(RedisStore store) =>
        await store.CommitAsync(OpenStores.Commit(Acme, 3, 1), Token) is CommitOutcome.Committed ? 3 : 2;

    private static async Task NothingOldAsync(Func<Task<long>> answer)
    {
        try
        {
            Assert.Equal(2, await answer());
        }
        catch (StoreUnavailableException)
        {
            // As it should.
        }
    }
}
