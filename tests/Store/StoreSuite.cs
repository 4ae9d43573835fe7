using System.Text;
using GrpcCreds.Server.Store;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The promises of both engines. Each engine's test class derives from it and provides an empty store.</summary>
public abstract partial class StoreSuite : IAsyncLifetime
{
    private protected static readonly DateTimeOffset Noon = new(2027, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private protected static readonly TenantId Acme = TenantId.Parse("acme");

    private readonly List<IStore> opened = [];

    private protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in opened)
            await store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Another handle on this test's store, not opened yet; a second one on SQLite needs the first one closed.</summary>
    private protected abstract IStore NewStore(StoreOptions options);

    /// <summary>Takes a tenant's record away behind the store's back, but not its place in the index.</summary>
    private protected abstract Task LoseRecordAsync(TenantId tenant);

    /// <summary>Makes all that is known of nodes and servers older by the store's clock.</summary>
    private protected abstract Task AgeAsync(TimeSpan by);

    /// <summary>Takes the meta entry away behind the store's back.</summary>
    private protected abstract Task LoseMetaAsync();

    private protected IStore Create(Action<StoreOptions>? set = null)
    {
        var options = new StoreOptions { CommandTimeout = TimeSpan.FromSeconds(20) };
        set?.Invoke(options);
        var store = NewStore(options);
        opened.Add(store);
        return store;
    }

    private protected async Task<IStore> OpenAsync(Action<StoreOptions>? set = null)
    {
        var store = Create(set);
        if (await store.OpenAsync(Token) is null)
            await store.CreateMetaAsync(Meta("deployment-1", store.Partitions), Token);
        return store;
    }

    private protected static StoreMeta Meta(string deployment, int partitions) =>
        new(deployment, 1, partitions, new Dictionary<string, string> { ["key-1"] = "check-1", ["key-2"] = "check-2" }) { Sealing = ["key-2", "key-1"] };

    /// <summary>A commit that is like no other in any field; the record it was read at is <paramref name="read"/>.</summary>
    private protected static Commit Commit(TenantId tenant, long rev, long read = 0, Guid? id = null, DateTimeOffset? time = null) => new()
    {
        Tenant = tenant,
        Request = new RequestEntry(id ?? Guid.NewGuid(), time ?? Noon, Bytes($"print {tenant} {rev}"), rev, "PENDING"),
        ReadRev = read,
        Record = new StoredRecord(rev, "key-1", Bytes($"sealed {tenant} {rev}")),
        Due = null,
        Audit = Bytes($"audit {tenant} {rev}"),
        SeqSeen = 0,
    };

    private protected static byte[] Bytes(string text) => [0, 255, .. Encoding.UTF8.GetBytes(text), 13, 10, 0];

    private protected static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span[2..^3]);

    private protected static async Task<long> CommittedAsync(IStore store, Commit commit) =>
        Assert.IsType<CommitOutcome.Committed>(await store.CommitAsync(commit, Token)).Seq;

    private protected static async Task<StoredTenant> ReadAsync(IStore store, TenantId tenant) => Assert.Single(await store.ReadAsync([tenant], Token));
}
