using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using GrpcCreds.Tests.Support;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace GrpcCreds.Tests.Store;

/// <summary>The connection string picks the engine; settings are checked by name.</summary>
public sealed class StoreServicesTests
{
    [Fact]
    public async Task Without_a_connection_string_the_store_is_embedded() => Assert.IsType<SqliteStore>(await StoreAsync([]));

    [Fact]
    public async Task With_one_it_is_Redis() => Assert.IsType<RedisStore>(await StoreAsync(new() { ["ConnectionStrings:Redis"] = "127.0.0.1:1" }));

    [Theory]
    [InlineData("Store:Partitions", "0", "Partitions")]
    [InlineData("Store:Partitions", "1025", "Partitions")]
    [InlineData("Store:AuditEntriesPerTenant", "9", "AuditEntriesPerTenant")]
    [InlineData("Store:CommandTimeout", "00:01:00", "CommandTimeout")]
    [InlineData("Store:DataDirectory", "", "DataDirectory")]
    public async Task A_setting_out_of_range_is_named(string setting, string value, string name)
    {
        var invalid = await Assert.ThrowsAsync<OptionsValidationException>(() => StoreAsync(new() { [setting] = value }));
        Assert.Contains(name, invalid.Message, StringComparison.Ordinal);
    }

    private static async Task<IStore> StoreAsync(Dictionary<string, string?> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        await using var services = new ServiceCollection().AddLogging()
            .AddSingleton<IConfiguration>(configuration).AddSingleton(Background.New()).AddStore(configuration).BuildServiceProvider();
        return services.GetRequiredService<IStore>();
    }
}
