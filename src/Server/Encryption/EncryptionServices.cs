using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrpcCreds.Server.Encryption;

/// <summary>Registers what seals.</summary>
internal static class EncryptionServices
{
    public static IServiceCollection AddEncryption(this IServiceCollection services)
    {
        services.AddOptions<EncryptionOptions>().BindConfiguration(EncryptionOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.TryAddSingleton<Sealer>();
        return services;
    }
}
