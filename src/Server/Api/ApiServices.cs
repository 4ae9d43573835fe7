using Grpc.AspNetCore.Server;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Api.Pages;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Observability;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>Registers and maps the contract's one service, the pages of an OAuth setup, and in Development reflection for grpcurl and buf curl.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            // In this order: what keeps a caller out is an error of the contract too.
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<CallerInterceptor>();
            grpc.EnableDetailedErrors = false;
            // Nothing is unpacked, and nothing packed: messages are small, and secrets are not compressed beside what others chose.
            grpc.CompressionProviders = [];
            grpc.MaxReceiveMessageSize = CallGate.MessageBytes;
        });
        services.AddOptions<GrpcServiceOptions<SyncCredentialsGrpcService>>().Configure<IOptions<LimitsOptions>>((grpc, limits) => grpc.MaxReceiveMessageSize = limits.Value.MessageBytes);
        services.AddGrpcReflection().AddReflectionOfErrors();
        services.AddSingleton<IHealthAudience, HealthDetails>();
        services.AddSingleton<StatusMapper>().AddSingleton<Writes>().AddSingleton<SetupCalls>().AddSingleton<OAuthPages>().AddSingleton<AuditEvents>().AddSingleton<RefusedCalls>();
        return services.AddSingleton<SyncCredentialsGrpcService>();
    }

    public static void UseGate(this IApplicationBuilder app) => app.UseMiddleware<CallGate>();

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<SyncCredentialsGrpcService>();
        // For who tries the service; elsewhere a stranger need not be told what there is.
        if (routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
            routes.MapGrpcReflectionService();
        var pages = routes.ServiceProvider.GetRequiredService<OAuthPages>();
        // GET alone: what looks ahead with HEAD uses up no state.
        routes.MapGet(OAuthPages.StartPath, pages.StartAsync);
        routes.MapGet(OAuthPages.CallbackPath, pages.CallbackAsync);
    }
}
