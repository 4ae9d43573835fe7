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

    // A record also says in itself whose it is; an entry of the audit is bound by what seals it alone.
    [Fact]
    public async Task A_server_that_binds_what_it_seals_to_nothing_is_found_out() =>
        Assert.Contains("acme: an entry of bcme", await ShownAfterSwapAsync("NoAssociatedData"));

    /// <returns>What of the other each of the two tenants shows after the swap, where it shows any.</returns>
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
            Assert.Equal(Availability.Unreadable, status.Availability);
            var events = (await client.ListAuditEventsAsync(new() { TenantId = tenant, Kind = AuditKind.Write })).Events;
            Assert.NotEmpty(events);
            shown.AddRange(events.Where(entry => !entry.Damaged).Select(entry => $"{tenant}: an entry of {entry.TenantId}"));
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
            CREATE TEMP TABLE entries AS SELECT CASE tenant WHEN 'acme' THEN 'bcme' ELSE 'acme' END AS tenant, n, rev, sealed FROM audit;
            DELETE FROM audit;
            INSERT INTO audit (tenant, n, rev, sealed) SELECT tenant, n, rev, sealed FROM entries;
            """;
        await swap.ExecuteNonQueryAsync();
    }
}
