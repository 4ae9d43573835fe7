using Grpc.Core;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;
using Xunit;

namespace GrpcCreds.Tests.Watch;

/// <summary>Any change to the sealed records in the store: never a wrong plaintext, UNREADABLE for that tenant, and the others continue.</summary>
public sealed class DamageTests : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private Simulator? simulator;

    public static TheoryData<string> Damages => ["swapped", "older under the newer rev", "flipped", "emptied", "gone"];

    public async ValueTask InitializeAsync()
    {
        simulator = await Simulator.StartAsync();
        simulator.AddUser(Calls.User, Calls.Password);
        simulator.AddUser("other@acme.test", Calls.Password);
    }

    public async ValueTask DisposeAsync()
    {
        await simulator!.DisposeAsync();
        directory.Dispose();
    }

    [Theory, MemberData(nameof(Damages))]
    public async Task On_the_embedded_store(string damage)
    {
        byte[] older = [];
        await using (var service = await Service.StartAsync(simulator, directory))
        {
            await service.Client.ActivateAsync("acme");
            older = Read("acme");
            await service.Client.ActivateAsync("acme", "other@acme.test");
            await service.Client.ActivateAsync("bcme");
        }
        Write("acme", Damaged(damage, Read("acme"), Read("bcme"), older));
        await using var restarted = await Service.StartAsync(simulator, directory);
        await CheckAsync(restarted);
    }

    [Theory, MemberData(nameof(Damages))]
    public async Task On_Redis(string damage)
    {
        await using var redis = await RedisServer.StartAsync();
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}"];
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        byte[] Sealed(string tenant) => database.HashGet($"{{gc:0}}:r:{tenant}", "sealed")!;
        byte[] older = [];
        await using (var service = await Service.StartAsync(simulator, directory, settings: settings))
        {
            await service.Client.ActivateAsync("acme");
            older = Sealed("acme");
            await service.Client.ActivateAsync("acme", "other@acme.test");
            await service.Client.ActivateAsync("bcme");
        }
        if (Damaged(damage, Sealed("acme"), Sealed("bcme"), older) is { } bytes)
            await database.HashSetAsync("{gc:0}:r:acme", "sealed", bytes);
        else
            await database.KeyDeleteAsync("{gc:0}:r:acme");
        await using var restarted = await Service.StartAsync(simulator, directory, settings: settings);
        await CheckAsync(restarted);
    }

    [Theory]
    [InlineData("0730")]
    [InlineData("1x")]
    [InlineData("")]
    public async Task A_damaged_rev_under_a_running_server_is_mended_from_what_it_holds(string rev)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var service = await Service.StartAsync(simulator, directory, settings: [$"ConnectionStrings:Redis={redis.ConnectionString}"]);
        service.ExpectedErrors = error => error.Id == 200;
        var status = await service.Client.ActivateAsync("acme");
        await redis.AdminAsync("HSET", "{gc:0}:r:acme", "rev", rev);
        var mended = await service.Client.StatusAsync();
        Assert.Equal((Availability.Serving, status.Etag), (mended.Availability, mended.Etag));
        Assert.True(mended.Revision > status.Revision);
        await service.Client.ActivateAsync("bcme");
    }

    private static byte[]? Damaged(string damage, byte[] own, byte[] other, byte[] older) => damage switch
    {
        "swapped" => other,
        "older under the newer rev" => older,
        "flipped" => [.. own[..100], (byte)(own[100] ^ 4), .. own[101..]],
        "emptied" => [],
        _ => null,
    };

    private static async Task CheckAsync(Service service)
    {
        service.ExpectedErrors = error => error.Id == 230;
        var client = service.Client;
        Assert.Equal(Availability.Unreadable, (await client.StatusAsync()).Availability);
        await client.GetActiveCredentialAsync(new() { TenantId = "acme" }).FailsAsync(StatusCode.DataLoss, "UNREADABLE");
        await client.SetPasswordCredentialAsync(Calls.SetPassword()).FailsAsync(StatusCode.DataLoss, "UNREADABLE");
        var listed = await client.ListCredentialStatusesAsync(new());
        Assert.Equal([Availability.Unreadable, Availability.Serving], listed.Statuses.Select(status => status.Availability));

        var request = Calls.Watch();
        request.Tenants.Add(new WatchedTenant { TenantId = "bcme" });
        using var watch = client.WatchActiveCredential(request);
        var unreadable = (await watch.ResponseStream.NextAsync()).Unavailable;
        Assert.Equal((Availability.Unreadable, 0L), (unreadable.Cause, unreadable.Revision));
        Assert.Equal("bcme", (await watch.ResponseStream.NextAsync()).Credential.TenantId);
        Assert.NotNull((await watch.ResponseStream.NextAsync()).Synced);
        Assert.Equal(["acme"], (await watch.ResponseStream.NextAsync()).Heartbeat.StaleTenantIds);
        await client.ActivateAsync("bcme");
        Assert.Equal("bcme", (await watch.ResponseStream.NextAsync(message => message.Heartbeat is null)).Credential.TenantId);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(directory.Path, "store.db")};Pooling=false");
        connection.Open();
        return connection;
    }

    private byte[] Read(string tenant)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sealed FROM record WHERE tenant = $tenant";
        command.Parameters.AddWithValue("$tenant", tenant);
        return (byte[])command.ExecuteScalar()!;
    }

    private void Write(string tenant, byte[]? bytes)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = bytes is null ? "DELETE FROM record WHERE tenant = $tenant" : "UPDATE record SET sealed = $sealed WHERE tenant = $tenant";
        command.Parameters.AddWithValue("$tenant", tenant);
        if (bytes is not null)
            command.Parameters.AddWithValue("$sealed", bytes);
        Assert.Equal(1, command.ExecuteNonQuery());
    }
}
