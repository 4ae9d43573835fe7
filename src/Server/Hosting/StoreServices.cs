using GrpcCreds.Server.Configuration;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;
using GrpcCreds.Server.Store.Redis;
using GrpcCreds.Server.Store.Sqlite;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the store: Redis if <c>ConnectionStrings:Redis</c> is set, otherwise the embedded store.</summary>
internal static class StoreServices
{
    public static IServiceCollection AddStore(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSettings<StoreOptions>(StoreOptions.Section);
        services.AddSettings<RedisOptions>(RedisOptions.Section);
        services.AddSettings<ConnectionStringsOptions>("ConnectionStrings");
        if (services.Any(service => service.ServiceType == typeof(StoreDamage)))
            return services;
        // Not AddHealthChecks: its checks would use the store before it is open.
        services.AddSingleton<StoreDamage>().Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("contents", provider => provider.GetRequiredService<StoreDamage>(), failureStatus: null, tags: null)));
        services.TryAddSingleton(provider => Create(provider, configuration.GetConnectionString("Redis")));
        return services;
    }

    // Only so that setting names are checked: with a misspelled name the embedded store would be used silently.
    private sealed class ConnectionStringsOptions
    {
        public string? Redis { get; set; }
    }

    private static IStore Create(IServiceProvider provider, string? connectionString)
    {
        var options = provider.GetRequiredService<IOptions<StoreOptions>>();
        var signIn = provider.GetRequiredService<IOptions<RedisOptions>>().Value;
        if (string.IsNullOrWhiteSpace(connectionString) && !signIn.IsEmpty)
            throw new StoreRefusedException(
                StoreReason.Misconfigured, $"{RedisOptions.Section}:… is set for signing in to Redis, but {RedisSettings.Name}, its address, is not set");
        if (string.IsNullOrWhiteSpace(connectionString)
            && (options.Value.Expected is not (null or DurabilityClass.Disk) || options.Value.ReplicaCount is not null))
            throw new StoreRefusedException(
                StoreReason.Misconfigured,
                $"Store:Durability={options.Value.Durability} or Store:Replicas is set, but {RedisSettings.Name} is not, so the embedded store would be used");
        var damage = provider.GetRequiredService<StoreDamage>();
        return string.IsNullOrWhiteSpace(connectionString)
            ? new SqliteStore(options, damage)
            : new RedisStore(
                RedisSettings.Parse(connectionString, options.Value, signIn),
                options,
                provider.GetRequiredService<BackgroundWork>(),
                provider.GetRequiredService<ILogger<RedisStore>>(),
                damage);
    }
}
