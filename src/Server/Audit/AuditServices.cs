using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Audit;

/// <summary>Registers the audit of everything but the writes, which carry their own entries.</summary>
internal static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>().AddSingleton<DisclosureWriter>().AddSingleton<Disclosures>().AddSingleton<AuditReader>();
        services.AddSingleton<Refusals>().AddHostedService(provider => provider.GetRequiredService<Refusals>());
        // Not AddHealthChecks, which would check the store before it is open: the registration of the store starts the checks.
        return services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("audit", provider => provider.GetRequiredService<DisclosureWriter>(), failureStatus: null, tags: null)));
    }
}
