using Grpc.Net.Client;

namespace GrpcCreds.Client;

/// <summary>Opens channels to the service.</summary>
internal static class Channels
{
    public static GrpcChannel Open(GrpcCredsClientOptions options)
    {
        var channel = new GrpcChannelOptions { HttpHandler = Handler(options), DisposeHttpClient = true };
        Configure(channel, options);
        return GrpcChannel.ForAddress(options.Address!, channel);
    }

    /// <summary>Pings detect a dead connection within 30 s, before the stream counts as silent.</summary>
    public static SocketsHttpHandler Handler(GrpcCredsClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
        };
        options.ConfigureHandler?.Invoke(handler);
        return handler;
    }

    /// <summary>
    /// Reduces the channel's own reconnect back-off, which is up to 2 min by default and fails calls without asking the service: only
    /// <see cref="Reconnect"/> decides when to try again. No call is sent twice.
    /// </summary>
    public static void Configure(GrpcChannelOptions channel, GrpcCredsClientOptions options)
    {
        channel.InitialReconnectBackoff = options.MinBackoff;
        channel.MaxReconnectBackoff = options.MinBackoff;
        channel.DisableResolverServiceConfig = true;
        channel.UnsafeUseInsecureChannelCallCredentials = true;
        options.ConfigureChannel?.Invoke(channel);
    }
}
