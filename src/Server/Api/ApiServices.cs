namespace GrpcCreds.Server.Api;

/// <summary>Registers and maps the contract's one service, and reflection for grpcurl and buf curl.</summary>
internal static class ApiServices
{
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.AddGrpc(grpc =>
        {
            grpc.Interceptors.Add<ErrorInterceptor>();
            grpc.EnableDetailedErrors = false;
        });
        services.AddGrpcReflection();
        return services.AddSingleton<StatusMapper>().AddSingleton<Writes>().AddSingleton<SetupCalls>().AddSingleton<SyncCredentialsGrpcService>();
    }

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<SyncCredentialsGrpcService>();
        routes.MapGrpcReflectionService();
    }
}
