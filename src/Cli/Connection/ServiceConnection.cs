using Grpc.Health.V1;
using Grpc.Net.Client;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Connection;

/// <summary>A channel to the service, with the caller's certificate or token.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly GrpcChannel channel;
    private readonly CallerHandler caller;

    public ServiceConnection(Target target, Action<string>? trace)
    {
        Tokens = new Tokens(target.Settings);
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(5),
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,
        };
        target.Configure(handler);
        caller = new(handler, Tokens, trace);
        channel = GrpcChannel.ForAddress(target.Address, new()
        {
            HttpHandler = caller,
            DisposeHttpClient = true,
            DisableResolverServiceConfig = true,
        });
        Client = new(channel);
        Health = new(channel);
    }

    public Tokens Tokens { get; }

    public SyncCredentials.SyncCredentialsClient Client { get; }

    public Health.HealthClient Health { get; }

    /// <summary>A client for plain HTTP over the same connection, as the same caller.</summary>
    public HttpClient CreateHttpClient() => new(caller, disposeHandler: false);

    public void Dispose()
    {
        channel.Dispose();
        Tokens.Dispose();
    }
}
