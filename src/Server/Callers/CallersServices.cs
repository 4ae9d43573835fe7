using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Registers where the service listens, who may call, and how much.</summary>
internal static class CallersServices
{
    public static IServiceCollection AddCallers(this IServiceCollection services)
    {
        services.AddSettings<ListenOptions>(ListenOptions.Section);
        services.AddSettings<LimitsOptions>(LimitsOptions.Section);
        services.AddSettings<TlsOptions>(TlsOptions.Section);
        services.AddSettings<CallersOptions>(CallersOptions.Section);
        services.AddSingleton<IValidateOptions<CallersOptions>, StartRules>();

        services.AddSingleton<Door>().AddSingleton<RightsBell>().AddSingleton<CallerLimits>();
        services.AddSingleton<CallerFiles>().AddSingleton<ClientCertificates>().AddSingleton<IssuerKeys>().AddSingleton<TokenCheck>();
        services.AddSingleton<Authentication>().AddSingleton<ServerTls>();
        services.AddSingleton<RefusalLog>().AddHostedService(provider => provider.GetRequiredService<RefusalLog>()).AddSingleton<ConnectionGuards>();
        services.AddSingleton<ReloadWorker>().AddHostedService(provider => provider.GetRequiredService<ReloadWorker>()).AddHostedService<OpenDoorWarning>();
        // Not AddHealthChecks, which would look at the store before it is open: who registers the store starts the looking.
        return services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("callers", provider => provider.GetRequiredService<ReloadWorker>(), failureStatus: null, tags: null)));
    }
}
