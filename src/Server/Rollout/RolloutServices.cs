namespace GrpcCreds.Server.Rollout;

/// <summary>Registers the node registry and the processing of reports.</summary>
internal static class RolloutServices
{
    public static IServiceCollection AddRollout(this IServiceCollection services)
    {
        services.AddSingleton<Fleets>().AddHostedService(provider => provider.GetRequiredService<Fleets>());
        services.AddSingleton<NodeRegistry>().AddHostedService(provider => provider.GetRequiredService<NodeRegistry>());
        services.AddSingleton<NodeRegistryWorker>().AddHostedService(provider => provider.GetRequiredService<NodeRegistryWorker>());
        return services.AddSingleton<Attribution>().AddSingleton<Reports>().AddSingleton<RolloutTimes>();
    }
}
