using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the store: Redis if <c>ConnectionStrings:Redis</c> is set, else the embedded one.</summary>
internal static class StoreServices
{
    public static IServiceCollection AddStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<StoreOptions>(StoreOptions.Section);
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddSettings<ConnectionStringsOptions>("ConnectionStrings");
        if (services.Any(service => service.ServiceType == typeof(StoreDamage)))
            return services;
        // Not AddHealthChecks, which would look at the store before it is open.
        services.AddSingleton<StoreDamage>().Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("contents", provider => provider.GetRequiredService<StoreDamage>(), failureStatus: null, tags: null)));
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
        var signIn = provider.GetRequiredService<IOptions<RedisOptions>>().Value;
        if (string.IsNullOrWhiteSpace(connectionString) && !signIn.IsEmpty)
            throw new StoreRefusedException(StoreReason.Misconfigured, $"{RedisOptions.Section}:… says who signs in to Redis, and {RedisSettings.Name} does not say where it is");
        var damage = provider.GetRequiredService<StoreDamage>();
        return string.IsNullOrWhiteSpace(connectionString)
            ? new SqliteStore(options, damage)
            : new RedisStore(RedisSettings.Parse(connectionString, options.Value, signIn), options, provider.GetRequiredService<ILogger<RedisStore>>(), damage);
    }
}
