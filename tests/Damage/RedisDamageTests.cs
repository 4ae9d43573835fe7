namespace GrpcCreds.Tests.Damage;

/// <summary>The suite on Redis; commands as an operator would type them, with <c>|</c> between the words.</summary>
public sealed class RedisDamageTests : DamageSuite
{
    private RedisServer redis = null!;

    protected override IReadOnlyList<string> Ways { get; } =
    [
        "ZADD|{gc:0}:ix|5|Not a tenant {t}",
        "ZADD|{gc:0}:ix|-inf|{t}",
        "ZADD|{gc:0}:ix|inf|{t}",
        "ZADD|{gc:0}:ix|1e300|{t}",
        "ZADD|{gc:0}:ix|0.5|{t}",
        "ZREM|{gc:0}:ix|{t}",
        "ZREM|{gc:0}:ix|{t};DEL|{gc:0}:r:{t}",
        "ZADD|{gc:0}:due|1|Not a tenant {t}",
        "ZADD|{gc:0}:due|-inf|{t}",
        "ZADD|{gc:0}:due|inf|{t}",
        "EVAL|for i = 1, 300 do redis.call('ZADD', KEYS[1], i, 'Not a tenant ' .. i) end|1|{gc:0}:due",
        "HSET|{gc:0}:r:{t}|rev|-1",
        "HSET|{gc:0}:r:{t}|rev|0",
        "HSET|{gc:0}:r:{t}|rev|nan",
        "HSET|{gc:0}:r:{t}|rev|9223372036854775807",
        "HSET|{gc:0}:r:{t}|rev|99999999999999999999999",
        "HDEL|{gc:0}:r:{t}|rev",
        "HSET|{gc:0}:r:{t}|key|",
        "HDEL|{gc:0}:r:{t}|key",
        "HSET|{gc:0}:r:{t}|sealed|",
        "HSET|{gc:0}:r:{t}|sealed|text",
        "HDEL|{gc:0}:r:{t}|sealed",
        "DEL|{gc:0}:r:{t}",
        "SET|{gc:0}:r:{t}|text",
        "SET|{gc:0}:q:{t}|text",
        "SET|{gc:0}:qt:{t}|text",
        "EVAL|for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do redis.call('HSET', KEYS[1], id, 'x') end|1|{gc:0}:q:{t}",
        "EVAL|for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do redis.call('HSET', KEYS[1], id, '99999999999999999999 -1 zz Nonsense') end|1|{gc:0}:q:{t}",
        "DEL|{gc:0}:qt:{t}",
        "SET|{gc:0}:a:{t}|text",
        "DEL|{gc:0}:a:{t}",
        "XADD|{gc:0}:a:{t}|*|rev|x",
        "XADD|{gc:0}:a:{t}|18446744073709551615-18446744073709551615|rev|-1|sealed|x",
        "SET|{gc:0}:d:{t}|text",
        "XADD|{gc:0}:d:{t}|*|x|y",
        "XADD|{gc:0}:d:{t}|18446744073709551615-18446744073709551615|id|x",
        "SET|{gc:0}:n:{t}|text",
        "SET|{gc:0}:nx:{t}|text",
        "HSET|{gc:0}:n:{t}|k|{;ZADD|{gc:0}:nx:{t}|5|k",
        "HSET|{gc:0}:n:{t}|k|null;ZADD|{gc:0}:nx:{t}|inf|k",
        "ZADD|{gc:0}:nx:{t}|-inf|k",
        "HSET|{gc}:servers|{t}|99999999999999999999 x",
        "HSET|{gc}:servers|{t}|",
        "DEL|gc:refusals;SET|gc:refusals|text",
        "SET|{gc:0}:seq|x",
        "SET|{gc:0}:seq|-5",
        "SET|{gc:0}:seq|9223372036854775807",
        "SET|{gc:0}:seq|1e300",
        "DEL|{gc:0}:seq",
    ];

    protected override string[] Settings => [$"ConnectionStrings:Redis={redis.ConnectionString}"];

    public override async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync();
        await base.InitializeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (redis is not null)
            await redis.DisposeAsync();
    }

    protected override Task PrepareAsync() => Task.CompletedTask;

    protected override async Task DamageAsync(string way)
    {
        foreach (var command in way.Split(';'))
        {
            var words = command.Split('|');
            if (words[0] == "SET" && words[1].EndsWith(":seq", StringComparison.Ordinal) is false)
                await redis.AdminAsync("DEL", words[1]);
            await redis.AdminAsync(words[0], [.. words[1..].Select(word => (object)word)]);
        }
    }
}
