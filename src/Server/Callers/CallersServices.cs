using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Callers;

/// <summary>Registers where the service listens and who may call.</summary>
internal static class CallersServices
{
    public static IServiceCollection AddCallers(this IServiceCollection services)
    {
        services.AddOptions<ListenOptions>().BindConfiguration(ListenOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ListenOptions>, DevelopmentOnly>();
        return services.AddHostedService<OpenDoorWarning>();
    }
}
