using StackExchange.Redis;

namespace GrpcCreds.Bench.Peers;

/// <summary>A Redis that answers only what is on disk.</summary>
internal sealed class RedisProcess(ServerProcess server, int port, string folder) : IAsyncDisposable
{
    public int Port => port;

    public ServerProcess Server => server;

    public static async Task<RedisProcess> StartAsync(string folder)
    {
        var (port, data) = (Ports.Free(), Directory.CreateDirectory(Path.Combine(folder, $"redis-{Guid.NewGuid():N}")).FullName);
        string[] settings =
        [
            "--port", $"{port}", "--bind", "127.0.0.1", "--dir", data, "--appendonly", "yes", "--appendfsync", "always", "--save", "",
            "--no-appendfsync-on-rewrite", "no",
        ];
        var redis = new RedisProcess(ServerProcess.Start(Programs.Redis!, settings, Path.Combine(folder, "redis.log")), port, data);
        await Ports.ListeningAsync(port);
        return redis;
    }

    /// <summary>How often each command has run.</summary>
    public async Task<IReadOnlyDictionary<string, long>> CommandsAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},allowAdmin=true");
        var stats = await connection.GetServers()[0].InfoAsync("commandstats");
        return stats.SelectMany(section => section).ToDictionary(
            command => command.Key["cmdstat_".Length..], command => long.Parse(command.Value.Split(',')[0]["calls=".Length..]));
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
