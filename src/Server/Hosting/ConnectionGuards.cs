using GrpcCreds.Server.Callers;
using GrpcCreds.Server.Callers.Certificates;
using GrpcCreds.Server.Callers.Limits;
using GrpcCreds.Server.Observability;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using KestrelListenOptions = Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions;

namespace GrpcCreds.Server.Hosting;

/// <summary>One guard per listener, so that clients that fill one listener do not affect the other.</summary>
internal sealed class ConnectionGuards : IDisposable
{
    /// <summary>The maximum number of open connections to the HTTP port (health and pages).</summary>
    private const int MaxHttpConnections = 1_000;

    private readonly Authentication authentication;
    private readonly ConnectionGuard http;

    public ConnectionGuards(
        IOptions<LimitsOptions> options,
        IOptions<TlsOptions> tls,
        Authentication authentication,
        ServiceMetrics metrics,
        RefusalLog log,
        BackgroundWork work)
    {
        this.authentication = authentication;
        var limits = options.Value;
        // Behind a proxy that terminates TLS, all connections have the same address.
        var perAddress = tls.Value.EndsBeforeService ? int.MaxValue : limits.ConnectionsPerAddress;
        var perCaller = tls.Value.EndsBeforeService ? int.MaxValue : limits.ConnectionsPerCaller;
        Grpc = new(
            new(
                "Listen:Grpc",
                limits.Connections,
                $"{LimitsOptions.Section}:{nameof(LimitsOptions.Connections)}",
                perAddress,
                perCaller,
                limits.FirstCallWithin),
            metrics,
            log,
            work);
        // No caller authenticates here; the platform closes idle connections.
        var httpPerAddress = tls.Value.EndsBeforeService ? int.MaxValue : Math.Min(perAddress, MaxHttpConnections / 4);
        http = new(new("Listen:Http", MaxHttpConnections, $"the service ({MaxHttpConnections})", httpPerAddress, int.MaxValue, null), metrics, log, work);
    }

    public ConnectionGuard Grpc { get; }

    /// <summary>Guards a listener; must be called before TLS is added to it.</summary>
    public void Use(KestrelListenOptions endpoint, bool forCallers)
    {
        var guard = forCallers ? Grpc : http;
        endpoint.Use((ConnectionDelegate next) => connection => guard.RunAsync(connection, next));
    }

    /// <summary>Must be called after TLS is added: a client with a caller's certificate is authenticated without a call.</summary>
    public void UseCertificates(KestrelListenOptions endpoint) => endpoint.Use((ConnectionDelegate next) => connection =>
    {
        if (connection.Items.TryGetValue(ClientCertificates.ItemKey, out var item) && item is PeerCertificate peer
            && ConnectionPlace.Of(connection) is { } place && authentication.NameOf(peer) is { } caller)
        {
            Grpc.Know(place, caller);
        }
        return next(connection);
    });

    public void Dispose()
    {
        Grpc.Dispose();
        http.Dispose();
    }
}
