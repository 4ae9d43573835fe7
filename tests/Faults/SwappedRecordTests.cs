using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GrpcCreds.Tests.Faults;

[Collection(OneAtATime.Name)]
public sealed class SwappedRecordTests
{
    [Fact]
    public async Task Two_tenants_swapped_records_open_for_nobody() => Assert.Empty(await ShownAfterSwapAsync(bug: null));

    [Fact]
    public async Task A_server_that_binds_records_to_nothing_is_found_out() =>
        Assert.Contains("acme: user-of-bcme@swap.test", await ShownAfterSwapAsync("NoAssociatedData"));

    /// <returns>Whose credential each of the two tenants shows after the swap, where it shows any.</returns>
    private static async Task<List<string>> ShownAfterSwapAsync(string? bug)
    {
        string[] tenants = ["acme", "bcme"];
        using var directory = new TemporaryDirectory();
        await using var simulator = await Simulator.StartAsync();
        await using var service = await SeededServer.StartAsync(simulator, directory.Path, [], bug);
        using var channel = GrpcChannel.ForAddress(service.Grpc);
        var client = new SyncCredentials.SyncCredentialsClient(channel);
        foreach (var tenant in tenants)
            await client.ActivateAsync(tenant, simulator.AddUser($"user-of-{tenant}@swap.test", Calls.Password).Username);
        await service.StopAsync();

        await SwapAsync(Path.Combine(directory.Path, "store.db"));

        await service.StartAsync();
        var shown = new List<string>();
        foreach (var tenant in tenants)
        {
            var status = await client.StatusAsync(tenant);
            shown.AddRange(status.Modes.Select(mode => $"{tenant}: {mode.Current.Username}"));
            if (bug is null)
                Assert.Equal(Availability.Unreadable, status.Availability);
        }
        return shown;
    }

    // The rev goes with the record: only the tenant is another's.
    private static async Task SwapAsync(string database)
    {
        await using var connection = new SqliteConnection($"Data Source={database};Pooling=false");
        await connection.OpenAsync();
        await using var swap = connection.CreateCommand();
        swap.CommandText = """
            CREATE TEMP TABLE other AS SELECT CASE tenant WHEN 'acme' THEN 'bcme' ELSE 'acme' END AS tenant, rev, key_id, sealed FROM record;
            INSERT OR REPLACE INTO record (tenant, rev, key_id, sealed) SELECT tenant, rev, key_id, sealed FROM other;
            """;
        await swap.ExecuteNonQueryAsync();
    }
}
