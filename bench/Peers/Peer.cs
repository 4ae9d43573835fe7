using Grpc.Core;
using Grpc.Net.Client;

namespace GrpcCreds.Bench.Peers;

/// <summary>A server that does the work that is measured, each in its own way.</summary>
internal abstract class Peer(string name, string folder) : IAsyncDisposable
{
    private GrpcChannel? channel;

    public string Name => name;

    /// <summary>The process whose CPU time and memory count.</summary>
    public ServerProcess Server { get; private set; } = null!;

    /// <summary>Where it keeps its data.</summary>
    protected string Folder { get; } = Directory.CreateDirectory(Path.Combine(folder, $"{name}-{Guid.NewGuid():N}")).FullName;

    protected int Port { get; } = Ports.Free();

    /// <summary>A connection for what administrators do.</summary>
    protected GrpcChannel Channel => channel ??= Connect();

    /// <summary>Starts the server, again after a kill, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        Server = await RunAsync();
        await Ports.ListeningAsync(Port);
        await ReadyAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync() => await Server.DisposeAsync();

    /// <summary>A connection of its own.</summary>
    public GrpcChannel Connect() => GrpcChannel.ForAddress($"http://127.0.0.1:{Port}", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null },
        DisposeHttpClient = true,
    });

    /// <summary>Watches what <see cref="ChangeAsync"/> changes, and reports the version of each message, until cancelled or the stream ends.</summary>
    /// <param name="from">The connection.</param>
    /// <param name="node">The node's number.</param>
    /// <param name="got">Called with each version; 0 when the stream stands.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public abstract Task WatchAsync(ChannelBase from, int node, Action<long> got, CancellationToken cancellationToken);

    /// <summary>Makes a change that every node is sent.</summary>
    /// <returns>Its version.</returns>
    public abstract Task<long> ChangeAsync();

    /// <summary>One durable write that no node is sent.</summary>
    public abstract Task WriteAsync(ChannelBase from, int caller, long number);

    /// <summary>Reads what <see cref="ChangeAsync"/> changes, as it is now.</summary>
    public abstract Task ReadAsync(ChannelBase from, int caller);

    /// <summary>Prepares what the work needs, once for each store.</summary>
    public virtual Task PrepareAsync(int callers) => Task.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        if (Server is not null)
            await Server.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
    }

    protected abstract Task<ServerProcess> RunAsync();

    /// <summary>Waits until the first call is answered.</summary>
    protected virtual Task ReadyAsync() => Task.CompletedTask;
}
