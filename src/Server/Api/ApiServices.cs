using Grpc.AspNetCore.Server;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Api.Pages;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Salesforce.Rotation;
using Microsoft.Extensions.Options;

namespace GrpcCreds.Server.Api;

/// <summary>
/// Registers and maps the gRPC service of the contract, the pages of an OAuth setup, and, in Development, reflection for grpcurl and buf curl.
/// </summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            // The order matters: ErrorInterceptor must also translate what CallerInterceptor throws.
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.Interceptors.Add<CallerInterceptor>();
            grpc.EnableDetailedErrors = false;
            // No compression in either direction: messages are small, and a secret must not be compressed together with data that others choose.
            grpc.CompressionProviders = [];
            grpc.MaxReceiveMessageSize = CallGate.MessageBytes;
        });
        services.AddOptions<GrpcServiceOptions<SyncCredentialsGrpcService>>()
            .Configure<IOptions<LimitsOptions>>((grpc, limits) => grpc.MaxReceiveMessageSize = limits.Value.MessageBytes);
        services.AddGrpcReflection().AddReflectionOfErrors();
        services.AddSingleton<IHealthAudience, HealthDetails>();
        services.AddSingleton<StatusMapper>().AddSingleton<Writes>().AddSingleton<SetupCalls>().AddSingleton<JwtBearerCalls>().AddSingleton<Deletions>()
            .AddSingleton<OAuthPages>().AddSingleton<AuditEvents>().AddSingleton<RefusedCalls>();
        services.AddSingleton<NodesBehind>(provider => async (tenant, revision, cancellationToken) =>
            await provider.GetRequiredService<Fleets>().CountAsync(tenant, revision, cancellationToken) is { } counts
                ? (counts.Expected - counts.Applied, counts.Rejected)
                : (0, 0));
        return services.AddSingleton<SyncCredentialsGrpcService>();
    }

    public static void UseGate(this IApplicationBuilder app) => app.UseMiddleware<CallGate>();

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<SyncCredentialsGrpcService>();
        // For developers. In other environments a client that is not authenticated cannot list what the server offers.
        if (routes.ServiceProvider.GetRequiredService<IHostEnvironment>().IsDevelopment())
            routes.MapGrpcReflectionService();
        var pages = routes.ServiceProvider.GetRequiredService<OAuthPages>();
        // GET only: a link preview that sends HEAD must not use up a state.
        routes.MapGet(OAuthPages.StartPath, pages.StartAsync);
        routes.MapGet(OAuthPages.CallbackPath, pages.CallbackAsync);
    }
}
