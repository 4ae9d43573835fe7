namespace GrpcCreds.Server.Watch;

/// <summary>Registers the watch streams.</summary>
internal static class WatchServices
{
    public static IServiceCollection AddWatch(this IServiceCollection services) =>
        services.AddSingleton(WriteLimits.Default).AddSingleton<RepairLimits>().AddSingleton<ActiveMessages>()
            .AddSingleton<Audiences>().AddSingleton<CurrentReader>().AddSingleton<ActiveWatch>().AddSingleton<StatusWatch>();
}
