using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace GrpcCreds.Server.Audit;

/// <summary>Registers what is recorded besides the entries that writes carry.</summary>
internal static class AuditServices
{
    public static IServiceCollection AddAudit(this IServiceCollection services)
    {
        services.AddSingleton<AuditLog>().AddSingleton<DisclosureWriter>().AddSingleton<Disclosures>().AddSingleton<AuditReader>();
        services.AddSingleton<Refusals>().AddHostedService(provider => provider.GetRequiredService<Refusals>());
        // Not AddHealthChecks, which would look at the store before it is open: who registers the store starts the looking.
        return services.Configure<HealthCheckServiceOptions>(
            health => health.Registrations.Add(new("audit", provider => provider.GetRequiredService<DisclosureWriter>(), failureStatus: null, tags: null)));
    }
}
