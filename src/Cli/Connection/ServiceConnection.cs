using Grpc.Health.V1;
using Grpc.Net.Client;
using GrpcCreds.V1;

namespace GrpcCreds.Cli.Connection;

/// <summary>A channel to the service, with the caller's certificate or token.</summary>
internal sealed class ServiceConnection : IDisposable
{
    private readonly GrpcChannel channel;

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
        channel = GrpcChannel.ForAddress(target.Address, new()
        {
            HttpHandler = new CallerHandler(handler, Tokens, trace),
            DisposeHttpClient = true,
            DisableResolverServiceConfig = true,
        });
        Client = new(channel);
        Health = new(channel);
    }

    public Tokens Tokens { get; }

    public SyncCredentials.SyncCredentialsClient Client { get; }

    public Health.HealthClient Health { get; }

    public void Dispose()
    {
        channel.Dispose();
        Tokens.Dispose();
    }
}
