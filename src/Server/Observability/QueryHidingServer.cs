using GrpcCreds.Server.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Kestrel, with the query removed from each request before ASP.NET sees it. Middleware would be too late, because the host logs and traces a request before
/// the first middleware runs; log filters would be too weak, because a setting can undo them.
/// </summary>
internal sealed class QueryHidingServer(IServer kestrel) : IServer
{
    public IFeatureCollection Features => kestrel.Features;

    /// <summary>Replaces the registered server with this one.</summary>
    public static void Register(IServiceCollection services)
    {
        var kestrel = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IServer>(provider =>
        {
            // Building the host creates the server, which is the first to need the settings.
            Settings.Check(provider);
            return new QueryHidingServer((IServer)
                ActivatorUtilities.CreateInstance(provider, kestrel, new KestrelLogs(provider.GetRequiredService<ILoggerFactory>())));
        }));
    }

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull => kestrel.StartAsync(new Application<TContext>(application), cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => kestrel.StopAsync(cancellationToken);

    public void Dispose() => kestrel.Dispose();

    private sealed class Application<TContext>(IHttpApplication<TContext> application) : IHttpApplication<TContext>
        where TContext : notnull
    {
        public TContext CreateContext(IFeatureCollection contextFeatures)
        {
            HiddenQuery.Hide(contextFeatures);
            return application.CreateContext(contextFeatures);
        }

        public Task ProcessRequestAsync(TContext context) => application.ProcessRequestAsync(context);

        public void DisposeContext(TContext context, Exception? exception) => application.DisposeContext(context, exception);
    }
}
