using GrpcCreds.Server.Store;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using Xunit;

namespace GrpcCreds.Tests.Faults.Keys;

/// <summary>
/// Keys are rotated three times under load, and a server is killed in the middle of a re-sealing. Then there is a start with the newest key alone.
/// </summary>
[Collection(OneAtATime.Name)]
public sealed class RotationTests(ITestOutputHelper output)
{
    // Several bursts of the re-sealing, so that there is a middle to be killed in.
    private const int Quiet = 250;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(2, true)]
    [InlineData(1, false)]
    public async Task Three_rotations_under_load_with_a_kill_lose_nothing_and_leave_the_newest_key_alone_in_use(int servers, bool onRedis)
    {
        await using var deployment = await KeyDeployment.StartAsync(servers, onRedis);
        var clients = Enumerable.Range(0, servers).Select(deployment.Client).ToList();
        var quiet = Enumerable.Range(0, Quiet).Select(number => $"quiet-{number}").ToList();
        foreach (var some in quiet.Chunk(25))
            await Task.WhenAll(some.Select(tenant => clients[0].SetPasswordCredentialAsync(Load.StagedPassword(tenant, $"{tenant}@keys.test")).ResponseAsync));
        var before = await StatusesAsync(clients[0], quiet);
        using var load = new Load(clients, ["busy-1", "busy-2", "busy-3", "busy-4"]);
        load.Start();

        foreach (var key in new[] { "k2", "k3", "k4" })
        {
            deployment.Stage(key);
            for (var server = 0; server < servers; server++)
                await deployment.ReportsAsync(server, $"'{key}' is staged");
            deployment.Write(key);
            if (key == "k3")
                await KillInTheMiddleAsync(deployment, key);
            for (var server = 0; server < servers; server++)
                await deployment.ReportsAsync(server, $"'{key}' is active", Patience);
        }
        foreach (var key in new[] { "main", "k2", "k3" })
        {
            for (var server = 0; server < servers; server++)
                await deployment.ReportsAsync(server, $"'{key}' is retiring, holds 0 records and may be removed", Patience);
        }
        await load.StopAsync();
        output.WriteLine($"{load.Calls} calls under load; {await deployment.ReportAsync(0)}");
        Assert.Empty(load.Failures);
        Assert.Equal(before, await StatusesAsync(clients[0], quiet));
        await deployment.StopAsync();

        deployment.RemoveAllKeysBut("k4", "audit");
        await deployment.AddAsync();
        var alone = deployment.Client(0);
        Assert.Equal(before, await StatusesAsync(alone, quiet));
        foreach (var (tenant, (request, answer)) in load.Last)
        {
            // The last answer is the current state, and the same request is recognized.
            Assert.Equal(answer.Status.Etag, (await alone.StatusAsync(tenant)).Etag);
            var repeated = await alone.SetPasswordCredentialAsync(request);
            Assert.Equal((answer.Result, answer.Status.Etag), (repeated.Result, repeated.Status.Etag));
        }
        foreach (var tenant in load.Last.Keys.Concat(quiet.Take(3)))
            await AuditIsGoodAsync(alone, tenant);
        await deployment.StopAsync();
        Assert.Equal(["k4"], await KeysInUseAsync(deployment));
    }

    // The store itself says when: some records are sealed with the new key, and some are not.
    private static async Task KillInTheMiddleAsync(KeyDeployment deployment, string key)
    {
        bool IsMiddle(List<string> keys) => keys.Count > 1 && keys.Contains(key);
        if (deployment.Services.Count == 1)
        {
            await Waiting.UntilAsync(() => IsMiddle(KeysInUse(deployment.StoreFile)), "a re-sealing is under way", Patience);
            await deployment.Services[0].KillAsync();
            Assert.True(IsMiddle(await KeysInUseAsync(deployment)), "the kill came too late to be in the middle");
        }
        else
        {
            await deployment.LookAsync(async (store, _) =>
            {
                await Waiting.UntilAsync(async () => IsMiddle(await KeysInUseAsync(store)), "a re-sealing is under way", Patience);
                await deployment.Services[0].KillAsync();
                return true;
            });
        }
        await deployment.Services[0].StartAsync();
    }

    private static List<string> KeysInUse(string storeFile)
    {
        using var file = new SqliteConnection($"Data Source={storeFile};Mode=ReadOnly;Pooling=False");
        file.Open();
        using var command = file.CreateCommand();
        command.CommandText = "SELECT DISTINCT key_id FROM record";
        using var reader = command.ExecuteReader();
        var keys = new List<string>();
        while (reader.Read())
            keys.Add(reader.GetString(0));
        return keys;
    }

    private static Task<List<string>> KeysInUseAsync(KeyDeployment deployment) => deployment.LookAsync((store, _) => KeysInUseAsync(store));

    private static async Task<List<string>> KeysInUseAsync(IStore store)
    {
        var tenants = (await store.ChangesSinceAsync(0, 0, CancellationToken.None)).Tenants.Select(change => change.Tenant).ToList();
        return [.. (await store.KeyIdsAsync(tenants, CancellationToken.None)).Select(id => id!).Distinct()];
    }

    private static async Task<List<(string Tenant, string Etag, long Revision, string User)>> StatusesAsync(
        SyncCredentials.SyncCredentialsClient client, List<string> tenants)
    {
        var all = new List<(string, string, long, string)>();
        foreach (var tenant in tenants)
        {
            var status = await client.StatusAsync(tenant);
            all.Add((tenant, status.Etag, status.Revision, status.Modes.Single(mode => mode.Mode == V1.Mode.Password).Candidate.Username));
        }
        return all;
    }

    private static async Task AuditIsGoodAsync(SyncCredentials.SyncCredentialsClient client, string tenant)
    {
        var audit = await client.ListAuditEventsAsync(new() { TenantId = tenant, VerifyChain = true });
        Assert.NotEmpty(audit.Events);
        Assert.Equal(ChainVerdict.Intact, audit.Chain.Verdict);
    }
}
