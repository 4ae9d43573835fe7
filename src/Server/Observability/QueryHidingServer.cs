using GrpcCreds.Server.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace GrpcCreds.Server.Observability;

/// <summary>
/// Kestrel, whose requests lose their query before ASP.NET sees them. Middleware would be too late, for the host logs and traces a request
/// before the first one runs; log filters would be too weak, for a setting can undo them.
/// </summary>
internal sealed class QueryHidingServer(IServer kestrel) : IServer
{
    public IFeatureCollection Features => kestrel.Features;

    /// <summary>Puts this server in the place of the one registered before.</summary>
    public static void Register(IServiceCollection services)
    {
        var kestrel = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IServer>(provider =>
        {
            // Building the host makes the server, and the server is the first that needs settings.
            Settings.Check(provider);
            return new QueryHidingServer((IServer)ActivatorUtilities.CreateInstance(provider, kestrel, new KestrelLogs(provider.GetRequiredService<ILoggerFactory>())));
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
