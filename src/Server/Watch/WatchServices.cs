namespace GrpcCreds.Server.Watch;

/// <summary>Registers the streams.</summary>
internal static class WatchServices
{
    public static IServiceCollection AddWatch(this IServiceCollection services) =>
        services.AddSingleton(WriteLimits.Default).AddSingleton<RepairLimits>().AddSingleton<ActiveMessages>().AddSingleton<CurrentReader>().AddSingleton<ActiveWatch>().AddSingleton<StatusWatch>();
}
