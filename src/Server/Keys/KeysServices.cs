using GrpcCreds.Server.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrpcCreds.Server.Keys;

/// <summary>Registers the encryption.</summary>
internal static class KeysServices
{
    public static IServiceCollection AddEncryption(this IServiceCollection services)
    {
        services.AddSettings<EncryptionOptions>(EncryptionOptions.Section)
            .Validate(
                options => options.WritingKey != KeyRing.AuditKeyId,
                $"Encryption:WritingKey must not be '{KeyRing.AuditKeyId}', which is the name of the audit key");
        services.TryAddSingleton<Sealer>();
        return services;
    }
}
