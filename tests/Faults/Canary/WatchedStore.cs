using System.Text;
using Microsoft.Data.Sqlite;
using StackExchange.Redis;

namespace GrpcCreds.Tests.Faults.Canary;

/// <summary>The store that a service uses, with everything its owner can see: on Redis each command too.</summary>
internal sealed class WatchedStore : IAsyncDisposable
{
    private readonly RedisServer? redis;
    private readonly string data;
    private readonly Sinks sinks;
    private MonitorTap? tap;

    private WatchedStore(RedisServer? redis, string data, Sinks sinks) => (this.redis, this.data, this.sinks) = (redis, data, sinks);

    public IEnumerable<string> Settings => redis is null ? [] : [$"ConnectionStrings:Redis={redis.ConnectionString}"];

    private string Database => Path.Combine(data, "store.db");

    public static async Task<WatchedStore> StartAsync(bool onRedis, string data, Sinks sinks)
    {
        // Compression would cut a text to pieces that no search finds.
        var redis = onRedis ? await RedisServer.StartAsync("--rdbcompression", "no", "--slowlog-log-slower-than", "0", "--slowlog-max-len", "20000") : null;
        return new(redis, data, sinks) { tap = redis is null ? null : await MonitorTap.OpenAsync(redis.Port) };
    }

    /// <summary>While it accepts no command, or answers each with an error that quotes it.</summary>
    public async Task RefusingAsync(Func<Task> during)
    {
        if (redis is not null)
        {
            await redis.AdminAsync("ACL", "SETUSER", "default", "-@scripting", "-@write", "-@hash");
            await during();
            await redis.AdminAsync("ACL", "SETUSER", "default", "+@all");
            return;
        }
        await using var lockHolder = await OpenAsync();
        await ExecuteAsync(lockHolder, "BEGIN EXCLUSIVE");
        await during();
    }

    /// <summary>While it is gone; then it is back.</summary>
    public async Task AwayAsync(Func<Task> during)
    {
        if (redis is null)
            return;
        await KeepWhatIsSeenAsync();
        await redis.KillAsync();
        await KeepMonitorAsync();
        await during();
        await redis.RestartAsync();
        tap = await MonitorTap.OpenAsync(redis.Port);
    }

    /// <summary>Makes one tenant's record such that it cannot be opened.</summary>
    public async Task DamageAsync(string tenant)
    {
        if (redis is not null)
        {
            await redis.AdminAsync("HSET", $"{{gc:0}}:r:{tenant}", "sealed", "damaged");
            return;
        }
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, $"UPDATE record SET sealed = x'00' WHERE tenant = '{tenant}'");
    }

    /// <summary>The service has ended: keeps everything the store has.</summary>
    public async Task EndAsync()
    {
        if (redis is null)
            return;
        await redis.AdminAsync("SAVE");
        await KeepWhatIsSeenAsync();
        var copy = redis.CopyData();
        sinks.AddFiles("redis", copy);
        sinks.Add("redis log", await File.ReadAllBytesAsync(Path.Combine(Path.GetDirectoryName(copy)!, "log")));
        await redis.KillAsync();
        await KeepMonitorAsync();
    }

    public async ValueTask DisposeAsync()
    {
        tap?.Dispose();
        if (redis is not null)
            await redis.DisposeAsync();
    }

    private async Task KeepMonitorAsync()
    {
        sinks.Add("redis monitor", await tap!.EndAsync());
        tap.Dispose();
    }

    private async Task KeepWhatIsSeenAsync()
    {
        foreach (var command in new[] { "SLOWLOG GET -1", "CLIENT LIST", "INFO everything", "LATENCY LATEST", "ACL LOG" })
        {
            using var seen = new MemoryStream();
            var words = command.Split(' ');
            Write(await redis!.AdminAsync(words[0], [.. words[1..]]), seen);
            sinks.Add($"redis {command}", seen.ToArray());
        }
    }

    private static void Write(RedisResult result, MemoryStream to)
    {
        if (result.Length >= 0)
        {
            foreach (var one in (RedisResult[])result!)
                Write(one, to);
            return;
        }
        to.Write((byte[]?)result ?? []);
        to.Write(Encoding.ASCII.GetBytes("\n"));
    }

    private async Task<SqliteConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={Database};Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync();
    }
}
