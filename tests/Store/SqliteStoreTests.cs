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
        return new SqliteStore(Options.Create(options), monotonic: clock);
    }

    private protected override Task AgeAsync(TimeSpan by)
    {
        clock.Advance(by);
        return Task.CompletedTask;
    }

    private protected override Task LoseRecordAsync(TenantId tenant) => RunAsync($"DELETE FROM record WHERE tenant = '{tenant}'");

    private protected override Task LoseMetaAsync() => RunAsync("DELETE FROM meta");

    private static readonly string[] Tables = ["meta", "seq", "ix", "due", "record", "request", "audit", "node", "server", "journal", "guard"];

    // Without STRICT and NOT NULL any column may contain any value. Each way is worse than the one before.
    private protected override async Task<bool> DamageAllAsync(int way)
    {
        switch (way)
        {
            case 0:
                await RunAsync(Loosen);
                await RunAsync(await EveryColumnAsync("NULL", keys: false));
                return true;
            case 1:
                await RunAsync(await EveryColumnAsync("'x' || lower(hex(randomblob(8)))", keys: true));
                return true;
            case 2:
                await RunAsync(await EveryColumnAsync("9223372036854775807 - abs(random() % 1000000)", keys: true));
                return true;
            case 3:
                await RunAsync(await EveryColumnAsync("randomblob(9)", keys: true));
                return true;
            case 4:
                await RunAsync("DROP TABLE ix; DROP TABLE due; DROP TABLE record; DROP TABLE node; DROP TABLE guard");
                return true;
            case 5:
                await using (var file = new FileStream(Path.Combine(directory, "store.db"), FileMode.Open))
                {
                    file.Position = 4096;
                    await file.WriteAsync(new byte[file.Length - 4096], Token);
                }
                return true;
            case 6:
                await File.WriteAllTextAsync(Path.Combine(directory, "store.db"), new string('x', 5000), Token);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Lets any column contain any value; applies to connections opened afterwards.</summary>
    internal const string Loosen = """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(replace(replace(sql, 'STRICT, ', ''), 'STRICT', ''), ' NOT NULL', '') WHERE type = 'table';
        PRAGMA writable_schema = RESET;
        """;

    private async Task<string> EveryColumnAsync(string value, bool keys)
    {
        await using var connection = new SqliteConnection($"Data Source={directory}/store.db;Pooling=False");
        await connection.OpenAsync(Token);
        var updates = new List<string>();
        foreach (var table in Tables)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = $"SELECT name FROM pragma_table_info('{table}') WHERE pk = 0 OR {(keys && table is not ("meta" or "seq") ? 1 : 0)}";
            await using var reader = await command.ExecuteReaderAsync(Token);
            while (await reader.ReadAsync(Token))
                updates.Add($"UPDATE OR IGNORE {table} SET {reader.GetString(0)} = {value};");
        }
        return string.Concat(updates.Where(update => !update.Contains(" meta ", StringComparison.Ordinal)));
    }

    private async Task RunAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={directory}/store.db;Pooling=False");
        await connection.OpenAsync(Token);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Token);
    }
}
