using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Tests.Accounts;

/// <summary>The suite on the embedded store, which one process has alone.</summary>
public sealed class SqliteLoginGuardTests : LoginGuardSuite
{
    private readonly TemporaryDirectory directory = new();
    private SqliteStore? store;

    public override async ValueTask DisposeAsync()
    {
        if (store is not null)
            await store.DisposeAsync();
        directory.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected override async Task<IStore> StoreAsync()
    {
        if (store is null)
        {
            store = new SqliteStore(Options.Create(new StoreOptions { DataDirectory = directory.Path, CommandTimeout = Waiting.Long }));
            await store.OpenAsync(Token);
        }
        return store;
    }

    private protected override byte[] OnDisk() => [.. Directory.GetFiles(directory.Path, "store.db*").SelectMany(Read)];

    private static byte[] Read(string file)
    {
        using var open = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        open.CopyTo(bytes);
        return bytes.ToArray();
    }
}
