using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>A service process on one of the two engines, with what of it can be killed.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly RedisServer? redis;

    private Installation(RedisServer? redis) => this.redis = redis;

    public ServiceProcess Service { get; private set; } = null!;

    /// <param name="simulator">Salesforce.</param>
    /// <param name="onRedis">Else embedded SQLite.</param>
    /// <param name="bug">Which seeded bug the service has; null for the real service.</param>
    public static async Task<Installation> StartAsync(Simulator simulator, bool onRedis, string? bug)
    {
        var installation = new Installation(onRedis ? await RedisServer.StartAsync() : null);
        List<string> settings = ["Store:AuditEntriesPerTenant=100000", "Limits:WritesPerTenantAndMinute=1000000"];
        if (installation.redis is { } redis)
            settings.Add($"ConnectionStrings:Redis={redis.ConnectionString}");
        installation.Service = await SeededServer.StartAsync(simulator, installation.directory.Path, settings, bug);
        return installation;
    }

    /// <summary>Kills the service, redis-server or both, waits a moment, and starts again what was killed.</summary>
    public async Task CrashAsync(Random random)
    {
        var victims = redis is null ? Victims.Service : (Victims)random.Next(1, 4);
        await Task.WhenAll(
            victims.HasFlag(Victims.Service) ? Service.KillAsync() : Task.CompletedTask,
            victims.HasFlag(Victims.Redis) ? redis!.KillAsync() : Task.CompletedTask);
        await Task.Delay(random.Next(100));
        // At the same time: a service that is started before its Redis has to wait for it.
        await Task.WhenAll(
            victims.HasFlag(Victims.Service) ? Service.StartAsync() : Task.CompletedTask,
            victims.HasFlag(Victims.Redis) ? redis!.RestartAsync() : Task.CompletedTask);
    }

    /// <summary>Stops the service and reads all that is in its store.</summary>
    public async Task<DurableHistory> StopAndReadAsync()
    {
        await Service.StopAsync();
        var options = new StoreOptions { DataDirectory = directory.Path, CommandTimeout = TimeSpan.FromSeconds(20) };
        await using IStore store = redis is null
            ? new SqliteStore(Options.Create(options))
            : new RedisStore(RedisSettings.Parse(redis.ConnectionString, options), Options.Create(options), Background.New(), NullLogger<RedisStore>.Instance);
        return await DurableHistory.ReadAsync(store, Path.Combine(directory.Path, "keys"));
    }

    public async ValueTask DisposeAsync()
    {
        if (Service is not null)
            await Service.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directory.Dispose();
    }

    [Flags]
    private enum Victims
    {
        Service = 1,
        Redis = 2,
    }
}
