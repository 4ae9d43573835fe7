using GrpcCreds.Server;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace GrpcCreds.Tests.Store;

/// <summary>The suite on the embedded store.</summary>
public sealed class SqliteStoreTests : StoreSuite
{
    private readonly FakeTimeProvider clock = new();
    private readonly string directory = Directory.CreateTempSubdirectory("grpccreds-store-").FullName;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private protected override IStore NewStore(StoreOptions options)
    {
        options.DataDirectory = directory;
        return new SqliteStore(Options.Create(options), clock);
    }

    private protected override Task AgeAsync(TimeSpan by)
    {
        clock.Advance(by);
        return Task.CompletedTask;
    }

    private protected override async Task LoseRecordAsync(TenantId tenant)
    {
        await using var connection = new SqliteConnection($"Data Source={directory}/store.db;Pooling=False");
        await connection.OpenAsync(Token);
        await using var delete = connection.CreateCommand();
        delete.CommandText = "DELETE FROM record WHERE tenant = $1";
        delete.Parameters.AddWithValue("$1", tenant.ToString());
        await delete.ExecuteNonQueryAsync(Token);
    }
}
