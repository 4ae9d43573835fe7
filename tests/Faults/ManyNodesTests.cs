using Grpc.Net.Client;
using GrpcCreds.SeededServer;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Faults;

[Collection(OneAtATime.Name)]
public sealed class ManyNodesTests
{
    private const int Nodes = 1000;
    private static readonly TenantId Acme = TenantId.Parse("acme");

    [Fact]
    public async Task A_change_made_elsewhere_is_read_and_unsealed_once_for_a_thousand_nodes()
    {
        await using var service = await Service.StartAsync(configure: services => services
            .AddSingleton<IStore>(provider => new CountingStore(new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>())))
            .AddSingleton<Sealer, CountingSealer>());
        var store = (CountingStore)service.Services.GetRequiredService<IStore>();
        var sealer = (CountingSealer)service.Services.GetRequiredService<Sealer>();
        using var channel = GrpcChannel.ForAddress(service.Grpc, new() { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true } });
        var client = new V1.SyncCredentials.SyncCredentialsClient(channel);
        var streams = Enumerable.Range(0, Nodes).Select(_ => client.WatchActiveCredential(Calls.Watch())).ToList();
        await Task.WhenAll(streams.Select(stream => stream.ResponseStream.NextAsync(message => message.Synced is not null)));

        var state = new TenantRecord { Tenant = Acme };
        for (var change = 0; change < 3; change++)
        {
            var (reads, seals) = (store.Reads, sealer.Uses);
            state = await CommitElsewhereAsync(service.Services, state);
            foreach (var stream in streams)
                Assert.Equal(state.Revision, (await stream.ResponseStream.NextAsync(message => message.Heartbeat is null)).Unavailable.Revision);
            Assert.Equal(1, store.Reads - reads);
            // One by the writer, one by this server.
            Assert.Equal(2, sealer.Uses - seals);
        }
        streams.ForEach(stream => stream.Dispose());
    }

    // As another server would: into the store, past this server's ledger and view.
    private static async Task<TenantRecord> CommitElsewhereAsync(IServiceProvider services, TenantRecord before)
    {
        var commits = services.GetRequiredService<CommitMaker>();
        var at = commits.Next(before.Rev);
        var after = before with { Rev = at.Rev, Revision = at.Rev, RevisionTime = at.Now, OffCause = Availability.SwitchedOff };
        var changed = new Decision.Changed(after, WriteResult.Activated);
        var (commit, _, _) = commits.Make(before, changed, Origin.Service("ELSEWHERE"), RequestKey.Own(), seqSeen: 0);
        Assert.IsType<CommitOutcome.Committed>(await services.GetRequiredService<IStore>().CommitAsync(commit, CancellationToken.None));
        return after;
    }

    private sealed class CountingStore(IStore store) : DecoratedStore(store)
    {
        private int reads;

        public int Reads => Volatile.Read(ref reads);

        public override Task<IReadOnlyList<StoredTenant>> ReadAsync(IReadOnlyList<TenantId> tenants, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref reads);
            return base.ReadAsync(tenants, cancellationToken);
        }
    }

    /// <summary>Each sealing and each unsealing of a record asks once what the bytes are bound to.</summary>
    private sealed class CountingSealer : Sealer
    {
        private int uses;

        public int Uses => Volatile.Read(ref uses);

        protected override byte[] AssociatedData(SealedFor purpose, string keyId)
        {
            if (purpose.Purpose == "record")
                Interlocked.Increment(ref uses);
            return base.AssociatedData(purpose, keyId);
        }
    }
}
