using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Callers.Rights;
using GrpcCreds.Server.Callers.Tokens;
using GrpcCreds.Server.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Hosting;

/// <summary>Registers the endpoints, the authentication of callers, and their limits.</summary>
internal static class CallersServices
{
    public static IServiceCollection AddCallers(this IServiceCollection services)
    {
        services.AddSettings<ListenOptions>(ListenOptions.Section);
        services.AddSettings<LimitsOptions>(LimitsOptions.Section);
        services.AddSettings<TlsOptions>(TlsOptions.Section);
        services.AddSettings<CallersOptions>(CallersOptions.Section);
        services.AddSingleton<IValidateOptions<CallersOptions>, StartRules>();

        services.AddSingleton<AuthenticationMode>().AddSingleton<RightsSignal>().AddSingleton<CallerLimits>();
        services.AddSingleton<CallerFiles>();
        services.AddSingleton(provider => new ClientCertificates(Files(provider).Authorities, Options(provider).Certificates, Clock(provider)));
        services.AddSingleton(provider => new IssuerKeys(Files(provider).IssuerKeys, Options(provider).Jwt, Clock(provider)));
        services.AddSingleton(provider => new TokenCheck(Options(provider).Jwt, provider.GetRequiredService<IssuerKeys>(), Clock(provider)));
        services.AddSingleton<Authentication>().AddSingleton<ServerTls>();
        services.AddSingleton<RefusalLog>().AddHostedService(provider => provider.GetRequiredService<RefusalLog>()).AddSingleton<ConnectionGuards>();
        services.AddSingleton<ReloadWorker>().AddHostedService(provider => provider.GetRequiredService<ReloadWorker>());
        services.AddHostedService<AuthenticationOffWarning>();
        // Not AddHealthChecks, which would check the store before it is open: the store's registration starts the checks.
        return services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("callers", provider => provider.GetRequiredService<ReloadWorker>(), failureStatus: null, tags: null)));
    }

    private static CallerFiles Files(IServiceProvider provider) => provider.GetRequiredService<CallerFiles>();

    private static CallersOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<CallersOptions>>().Value;

    private static TimeProvider Clock(IServiceProvider provider) => provider.GetRequiredService<TimeProvider>();
}
