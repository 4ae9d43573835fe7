using System.Net;
using GrpcCreds.Server.Api;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Hosting;
using GrpcCreds.Server.Keys;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Rollout;
using GrpcCreds.Server.Salesforce;
using GrpcCreds.Server.Time;
using GrpcCreds.Server.Watch;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;
using ListenOptions = GrpcCreds.Server.Hosting.ListenOptions;

namespace GrpcCreds.Server;

/// <summary>The map of the service: every feature is named here once.</summary>
public static class ServiceHost
{
    /// <summary>Builds the service, ready to run.</summary>
    /// <param name="args">Settings as <c>--Section:Name=value</c>; the README lists them.</param>
    /// <param name="configure">Settings and services of whoever runs the service in its own process.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // SettingsFiles reads the settings again, also where the platform would not notice that they have changed.
        var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.ConfigureKestrel(Listen);
        // Before all other settings: it ships with the service, wherever the service is started.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(AppContext.BaseDirectory),
            Path = "appsettings.json",
        });
        // Its errors are exceptions that come out of running anyway, which whoever started the service says in one sentence, or a worker's, of which
        // WorkerFailures says more. A start that is refused may cancel workers that have not begun, and the host would call that critical.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        configure?.Invoke(builder);
        // Where the service listens is said by Listen:Grpc and Listen:Http alone.
        builder.WebHost.PreferHostingUrls(false);

        builder.Services.AddHostedService<SettingsFiles>();
        builder.Services.AddClock();
        builder.Services.AddCallers();
        builder.Services.AddStore(builder.Configuration);
        builder.Services.AddEncryption();
        builder.Services.AddCredentials();
        builder.Services.AddAudit();
        builder.Services.AddSalesforce();
        builder.Services.AddWatch();
        builder.Services.AddRollout();
        builder.Services.AddObservability(builder.Configuration);
        builder.Services.AddApi();

        var app = builder.Build();
        app.UseGate();
        app.MapApi();
        app.MapHealth();
        app.MapClock();
        return app;
    }

    /// <summary>Bytes of metadata beyond the limit that are still read, to be refused with the limit's name.</summary>
    private const int MetadataMargin = 65_536;

    /// <summary>Other calls on a connection that has all its streams.</summary>
    private const int UnaryCallsPerConnection = 100;

    private static void Listen(KestrelServerOptions kestrel)
    {
        var listen = kestrel.ApplicationServices.GetRequiredService<IOptions<ListenOptions>>().Value;
        // Drops what would take further endpoints from the configuration, at start or whenever its file changes.
        kestrel.Configure(new ConfigurationBuilder().Build());
        kestrel.AddServerHeader = false;
        var tls = kestrel.ApplicationServices.GetRequiredService<ServerTls>();
        var connections = kestrel.ApplicationServices.GetRequiredService<ConnectionGuards>();
        Listen(kestrel, listen.Grpc, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http2;
            connections.Use(endpoint, forCallers: true);
            tls.Use(endpoint, forCallers: true);
            connections.UseCertificates(endpoint);
        });
        Listen(kestrel, listen.Http, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1;
            connections.Use(endpoint, forCallers: false);
            // On loopback for probes that know no certificate; what comes from elsewhere may be a browser with an authorization code.
            if (!listen.IsHttpOnLoopback)
                tls.Use(endpoint, forCallers: false);
        });
        var limits = kestrel.ApplicationServices.GetRequiredService<IOptions<LimitsOptions>>().Value;
        // The gate refuses what is over Limits:MetadataBytes by name; the platform, which cannot, only what is far beyond.
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MetadataBytes + MetadataMargin;
        kestrel.Limits.MaxRequestHeaderCount = 1_000;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = limits.MetadataBytes + MetadataMargin;
        // A caller meets Limits:StreamsPerConnection, which is answered, before this, at which its client would wait without a word.
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.StreamsPerConnection + UnaryCallsPerConnection;
        // What may lie here unread of one call, and of one connection.
        kestrel.Limits.Http2.InitialStreamWindowSize = 65_535;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 131_072;
        // Off by default; without it a half-open connection is kept for ever.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    private static void Listen(KestrelServerOptions kestrel, string at, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        var (address, port) = ListenOptions.Parse(at)!.Value;
        // Kestrel takes no free port for both families at once.
        if (address is null && port != 0)
            kestrel.ListenLocalhost(port, configure);
        else
            kestrel.Listen(address ?? IPAddress.Loopback, port, configure);
    }
}
