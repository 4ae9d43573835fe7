using CsCheck;
using GrpcCreds.Server.Store.Redis;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The slot of a key is the one that the server computes.</summary>
public sealed class ClusterSlotTests
{
    private static readonly string[] Odd =
    [
        "", "{", "}", "{}", "{}{gc}", "{gc", "gc}", "}{gc}", "{{gc}}", "{gc}}", "a{gc}b", "a{gc}{of}", "{gc:12}:seq", "foo{}{bar}", "foo{{bar}}zap", "ä{ö}ü",
        "{ö", "\u0000", "a b",
    ];

    [Theory]
    [InlineData("123456789", 12739)]
    [InlineData("foo", 12182)]
    [InlineData("{foo}bar", 12182)]
    [InlineData("x{foo}{bar}", 12182)]
    [InlineData("", 0)]
    public void Known_keys_have_known_slots(string key, int slot) => Assert.Equal(slot, ClusterSlot.Of(key));

    [Fact]
    public async Task Every_key_has_the_slot_that_Redis_says()
    {
        await using var redis = await RedisServer.StartAsync("--cluster-enabled", "yes");
        var letters = Gen.Char["{}abgc:0\u00e4\u20ac"];
        var keys = Odd.ToList();
        Gen.String[letters, 0, 12].Sample(key =>
        {
            lock (keys)
                keys.Add(key);
        }, iter: 2000);
        var said = await redis.AdminAsync(database =>
            Task.WhenAll(keys.Select(async key => (int)await database.ExecuteAsync("CLUSTER", "KEYSLOT", key))));
        Assert.All(keys.Zip(said), pair => Assert.Equal(pair.Second, ClusterSlot.Of(pair.First)));
    }
}
