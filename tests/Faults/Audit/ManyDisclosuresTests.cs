using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.SeededServer;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Faults.Audit;

[Collection(OneAtATime.Name)]
public sealed class ManyDisclosuresTests(ITestOutputHelper output)
{
    private const int Nodes = 5000;
    private const int Channels = 10;

    /// <summary>Full entries, and one each 100 ms for as long as 5,000 calls take on a slow machine.</summary>
    private const int MaxWrites = (Nodes / 250) + 300;

    [Fact]
    public async Task Five_thousand_nodes_that_come_at_once_cost_batches_and_when_they_come_again_nothing()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "callers.json");
        var callers = new KeyCallers(Nodes, file);
        await using var simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        await using var service = await Service.StartAsync(
            simulator,
            settings: [$"Callers:File={file}"],
            configure: services =>
                services.AddSingleton<IStore>(provider => new CountingStore(new SqliteStore(provider.GetRequiredService<IOptions<StoreOptions>>()))));
        var store = (CountingStore)service.Services.GetRequiredService<IStore>();
        var channels = Enumerable.Range(0, Channels)
            .Select(_ => GrpcChannel.ForAddress(service.Grpc,
                new() { HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true }, DisposeHttpClient = true })).ToList();
        var revision = (await callers.As("admin", channels[0]).ActivateAsync()).Revision;

        await ComeAsync(callers, callers.Nodes, channels, revision);
        output.WriteLine($"{store.Appends} writes");
        Assert.InRange(store.Appends, Nodes / 250, MaxWrites);
        var recorded = new HashSet<string>();
        var request = new ListAuditEventsRequest { TenantId = "acme", Kind = AuditKind.Disclosure, PageSize = 200 };
        do
        {
            var page = await callers.As("auditor", channels[0]).ListAuditEventsAsync(request);
            recorded.UnionWith(page.Events.Where(told => told.Revision == revision).SelectMany(told => told.Recipients.Select(to => to.Caller)));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken != "");
        Assert.Equal(callers.Nodes.Order(), recorded.Order());

        var before = store.Appends;
        await ComeAsync(callers, callers.Nodes.Take(1000), channels, revision);
        Assert.Equal(before, store.Appends);
        channels.ForEach(channel => channel.Dispose());
    }

    private static async Task ComeAsync(KeyCallers callers, IEnumerable<string> nodes, List<GrpcChannel> channels, long revision)
    {
        var streams = nodes.Select((name, number) => callers.As(name, channels[number % Channels]).WatchActiveCredential(Calls.Watch())).ToList();
        await Task.WhenAll(streams.Select(async stream =>
            Assert.Equal(
                revision, (await stream.ResponseStream.NextAsync(message => message.Credential is not null, TimeSpan.FromSeconds(60))).Credential.Revision)));
        streams.ForEach(stream => stream.Dispose());
    }

    private sealed class CountingStore(IStore store) : DecoratedStore(store)
    {
        private int appends;

        public int Appends => Volatile.Read(ref appends);

        public override Task AppendAsync(AuditJournal journal, Guid id, ReadOnlyMemory<byte> sealedEntry, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref appends);
            return base.AppendAsync(journal, id, sealedEntry, cancellationToken);
        }
    }
}
