using System.Security.Cryptography;
using System.Text.Json;
using Grpc.Net.Client;
using GrpcCreds.SalesforceSimulator;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Tests.Faults.Keys;

/// <summary>Service processes whose keys an operator rotates: one directory of key files, one settings file that says which of them is to write.</summary>
internal sealed class KeyDeployment : IAsyncDisposable
{
    private static readonly HttpClient Http = new();

    private readonly TemporaryDirectory directory = new();
    private readonly Simulator simulator;
    private readonly RedisServer? redis;

    private KeyDeployment(Simulator simulator, RedisServer? redis) => (this.simulator, this.redis) = (simulator, redis);

    public List<ServiceProcess> Services { get; } = [];

    /// <summary>The embedded store's file, which may be read from outside.</summary>
    public string StoreFile => Path.Combine(directory.Path, "data", "store.db");

    private string Keys => Path.Combine(directory.Path, "keys");

    /// <param name="servers">How many; several need Redis.</param>
    /// <param name="onRedis">Else embedded SQLite.</param>
    public static async Task<KeyDeployment> StartAsync(int servers, bool onRedis)
    {
        var deployment = new KeyDeployment(await Simulator.StartAsync(), onRedis ? await RedisServer.StartAsync() : null);
        deployment.Write("main");
        for (var server = 0; server < servers; server++)
            await deployment.AddAsync();
        return deployment;
    }

    public SyncCredentials.SyncCredentialsClient Client(int server) => new(GrpcChannel.ForAddress(Services[server].Grpc));

    /// <summary>Makes a key and puts it where all servers look.</summary>
    public void Stage(string key) => KeyRings.Write(Path.Combine(Keys, key + ".key"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Says in the settings file which key is to write.</summary>
    public void Write(string key) =>
        File.WriteAllText(Path.Combine(directory.Path, "appsettings.json"), JsonSerializer.Serialize(new { Encryption = new { WritingKey = key } }));

    public void RemoveAllKeysBut(params string[] kept)
    {
        foreach (var file in Directory.GetFiles(Keys).Where(file => !kept.Contains(Path.GetFileNameWithoutExtension(file))))
            File.Delete(file);
    }

    public async Task ReportsAsync(int server, string text, TimeSpan? patience = null)
    {
        var last = "";
        try
        {
            await Waiting.UntilAsync(async () => (last = await ReportAsync(server)).Contains(text, StringComparison.Ordinal),
                $"server {server} reports: {text}", patience);
        }
        catch (Xunit.Sdk.TrueException e)
        {
            throw new InvalidOperationException($"{e.Message}; it reports: {last}");
        }
    }

    public async Task<string> ReportAsync(int server)
    {
        using var response = await Http.GetAsync(new Uri(Services[server].Http, "/healthz/ready"));
        return (await response.Content.ReadAsStringAsync()).Split('\n').Single(line => line.StartsWith("keys: ", StringComparison.Ordinal));
    }

    public async Task AddAsync()
    {
        List<string> settings = [$"contentRoot={directory.Path}", $"Encryption:KeysDirectory={Keys}", "Limits:WritesPerTenantAndMinute=1000000"];
        if (redis is not null)
            settings.Add($"ConnectionStrings:Redis={redis.ConnectionString}");
        Services.Add(await ServiceProcess.StartAsync(simulator, Path.Combine(directory.Path, "data"), settings));
    }

    public async Task StopAsync()
    {
        foreach (var service in Services)
            await service.StopAsync();
        Services.Clear();
    }

    /// <summary>The store, as it is; the embedded one only while no server runs.</summary>
    public async Task<T> LookAsync<T>(Func<IStore, StoreMeta, Task<T>> look)
    {
        var options = Options.Create(new StoreOptions { DataDirectory = Path.Combine(directory.Path, "data"), CommandTimeout = TimeSpan.FromSeconds(20) });
        await using IStore store = redis is null
            ? new SqliteStore(options)
            : new RedisStore(RedisSettings.Parse(redis.ConnectionString, options.Value), options, Background.New(), NullLogger<RedisStore>.Instance);
        var meta = await store.OpenAsync(CancellationToken.None) ?? throw new InvalidOperationException("the store was never used");
        return await look(store, meta);
    }

    public Server.Keys.KeyRing Ring(StoreMeta meta) => KeyRings.Read(Keys, meta);

    public async ValueTask DisposeAsync()
    {
        foreach (var service in Services)
            await service.DisposeAsync();
        await simulator.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
        directory.Dispose();
    }
}
