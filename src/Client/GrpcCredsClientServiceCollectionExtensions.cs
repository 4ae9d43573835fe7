using GrpcCreds.Client;
using GrpcCreds.V1;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the client of GrpcCreds.</summary>
public static class GrpcCredsClientServiceCollectionExtensions
{
    /// <summary>
    /// Registers a <see cref="CredentialWatch"/> for sync nodes (one per container, opened with the first tenant) and the generated
    /// <see cref="SyncCredentials.SyncCredentialsClient"/> for administrators and services, which never retries a call automatically.
    /// </summary>
    /// <param name="services">The container.</param>
    /// <param name="configure">Sets at least <see cref="GrpcCredsClientOptions.Address"/>. Wrong settings fail the start of a host, or the first use.</param>
    public static IServiceCollection AddGrpcCredsClient(this IServiceCollection services, Action<GrpcCredsClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<GrpcCredsClientOptions>()
            .Configure<IServiceProvider>((options, provider) => options.TimeProvider = provider.GetService<TimeProvider>() ?? options.TimeProvider)
            .Configure(configure)
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<GrpcCredsClientOptions>, OptionsRules>());
        services.TryAddSingleton(provider => new CredentialWatch(Options(provider), provider.GetService<ILoggerFactory>()));
        services.AddGrpcClient<SyncCredentials.SyncCredentialsClient>((provider, client) => client.Address = Options(provider).Address)
            .ConfigurePrimaryHttpMessageHandler(provider => Channels.Handler(Options(provider)))
            .RemoveAllLoggers()
            .ConfigureChannel((provider, channel) => Channels.Configure(channel, Options(provider)))
            .AddCallCredentials(async (call, headers, provider) =>
            {
                if (Options(provider).CallerHeaders is not { } fetch)
                    return;
                foreach (var header in await fetch(refused: false, call.CancellationToken).ConfigureAwait(false))
                    headers.Add(header);
            });
        return services;
    }

    private static GrpcCredsClientOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<GrpcCredsClientOptions>>().Value;
}
