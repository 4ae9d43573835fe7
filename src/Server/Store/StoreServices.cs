using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Store;

/// <summary>Registers the store: Redis if <c>ConnectionStrings:Redis</c> is set, else the embedded one.</summary>
internal static class StoreServices
{
    public static IServiceCollection AddStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<StoreOptions>(StoreOptions.Section);
        services.AddSettings<ConnectionStringsOptions>("ConnectionStrings");
        services.TryAddSingleton(provider => Create(provider, configuration.GetConnectionString("Redis")));
        return services;
    }

    // Here for its names: with a slip in one the embedded store would be used, without a word.
    private sealed class ConnectionStringsOptions
    {
        public string? Redis { get; set; }
    }

    private static IStore Create(IServiceProvider provider, string? connectionString)
    {
        var options = provider.GetRequiredService<IOptions<StoreOptions>>();
        return string.IsNullOrWhiteSpace(connectionString)
            ? new SqliteStore(options)
            : new RedisStore(RedisSettings.Parse(connectionString, options.Value), options, provider.GetRequiredService<ILogger<RedisStore>>());
    }
}
