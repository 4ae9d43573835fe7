using System.Net;

namespace GrpcCreds.SalesforceSimulator;

/// <summary>One HTTP/1.1 listener on 127.0.0.1. It does not read the configuration of its host process.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private const int MaxRequestBytes = 1 << 20;
    private readonly WebApplication app;

    private Listener(WebApplication app) => (this.app, Url) = (app, new Uri(app.Urls.Single()));

    public Uri Url { get; }

    /// <param name="port">0 for a free one.</param>
    /// <param name="configure">Sets up the pipeline and its endpoints.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<Listener> StartAsync(int port, Action<WebApplication> configure, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port);
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
        });
        builder.Services.AddRoutingCore();
        builder.Services.ConfigureHttpJsonOptions(json => ControlJson.Configure(json.SerializerOptions));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        var app = builder.Build();
        configure(app);
        await app.StartAsync(cancellationToken);
        return new Listener(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    // The default lifetime would intercept Ctrl+C and SIGTERM of the host process.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
