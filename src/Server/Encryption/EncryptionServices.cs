using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrpcCreds.Server.Encryption;

/// <summary>Registers what seals.</summary>
internal static class EncryptionServices
{
    public static IServiceCollection AddEncryption(this IServiceCollection services)
    {
        services.AddOptions<EncryptionOptions>().BindConfiguration(EncryptionOptions.Section).ValidateDataAnnotations()
            .Validate(options => options.WritingKey != KeyRing.AuditKeyId, $"Encryption:WritingKey must not be '{KeyRing.AuditKeyId}', which is the name of the audit key")
            .ValidateOnStart();
        services.TryAddSingleton<Sealer>();
        return services;
    }
}
