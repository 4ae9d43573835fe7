namespace GrpcCreds.Server.Api;

/// <summary>Registers and maps the contract's one service, reflection for grpcurl and buf curl, and the pages of an OAuth setup.</summary>
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
        return services.AddSingleton<StatusMapper>().AddSingleton<Writes>().AddSingleton<SetupCalls>().AddSingleton<OAuthPages>().AddSingleton<SyncCredentialsGrpcService>();
    }

    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        routes.MapGrpcService<SyncCredentialsGrpcService>();
        routes.MapGrpcReflectionService();
        var pages = routes.ServiceProvider.GetRequiredService<OAuthPages>();
        // GET alone: what looks ahead with HEAD uses up no state.
        routes.MapGet(OAuthPages.StartPath, pages.StartAsync);
        routes.MapGet(OAuthPages.CallbackPath, pages.CallbackAsync);
    }
}
