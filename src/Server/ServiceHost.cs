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

/// <summary>The composition of the service: every feature is registered here once.</summary>
public static class ServiceHost
{
    /// <summary>Builds the service, ready to run.</summary>
    /// <param name="args">Settings as <c>--Section:Name=value</c>; docs/operations/settings.md lists them.</param>
    /// <param name="configure">Additional settings and services of a program that hosts the service in its own process.</param>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        // SettingsFiles reloads the settings, even where the platform would not notice a change.
        var builder = WebApplication.CreateBuilder([.. args, "--hostBuilder:reloadConfigOnChange=false"]);
        builder.WebHost.ConfigureKestrel(Listen);
        // This file has the lowest precedence: it ships with the service, wherever the service is started.
        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(AppContext.BaseDirectory),
            Path = "appsettings.json",
        });
        // Its errors are either exceptions that running the service throws anyway, reported in one sentence by the program that started it, or failures of a
        // worker, which WorkerFailures logs in more detail. A refused start may cancel workers that have not started, and the host would log that as
        // critical.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
        configure?.Invoke(builder);
        // Only Listen:Grpc and Listen:Http define where the service listens.
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

    /// <summary>Bytes of metadata above the limit that are still read, so that the refusal can name the limit.</summary>
    private const int MetadataMargin = 65_536;

    /// <summary>Other calls on a connection that has its maximum number of streams.</summary>
    private const int UnaryCallsPerConnection = 100;

    private static void Listen(KestrelServerOptions kestrel)
    {
        var listen = kestrel.ApplicationServices.GetRequiredService<IOptions<ListenOptions>>().Value;
        // Prevents further endpoints from the configuration, at startup or when its file changes.
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
            // No TLS on loopback, for probes that have no certificate; a client from elsewhere may be a browser with an authorization code.
            if (!listen.IsHttpOnLoopback)
                tls.Use(endpoint, forCallers: false);
        });
        var limits = kestrel.ApplicationServices.GetRequiredService<IOptions<LimitsOptions>>().Value;
        // The gate refuses requests above Limits:MetadataBytes and names that limit; the platform, which cannot name it, refuses only those far above.
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.MetadataBytes + MetadataMargin;
        kestrel.Limits.MaxRequestHeaderCount = 1_000;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Limits.Http2.MaxRequestHeaderFieldSize = limits.MetadataBytes + MetadataMargin;
        // A caller reaches Limits:StreamsPerConnection, which is answered with an error, before this limit, at which its client would wait silently.
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.StreamsPerConnection + UnaryCallsPerConnection;
        // The maximum unread bytes of one call, and of one connection.
        kestrel.Limits.Http2.InitialStreamWindowSize = 65_535;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 131_072;
        // Off by default; without it a half-open connection would be kept forever.
        kestrel.Limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        kestrel.Limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
    }

    private static void Listen(KestrelServerOptions kestrel, string at, Action<Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions> configure)
    {
        var (address, port) = ListenOptions.Parse(at)!.Value;
        // Kestrel cannot choose a free port for both address families at once.
        if (address is null && port != 0)
            kestrel.ListenLocalhost(port, configure);
        else
            kestrel.Listen(address ?? IPAddress.Loopback, port, configure);
    }
}
