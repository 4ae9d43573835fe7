using Grpc.Net.Client;

namespace GrpcCreds.Client;

/// <summary>The channel shared by a stream and its reports, opened when one of them needs it.</summary>
internal sealed class Connection(GrpcCredsClientOptions options) : IDisposable
{
    private readonly Lock gate = new();
    private GrpcChannel? channel;
    private bool disposed;

    public GrpcChannel Open()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return channel ??= Channels.Open(options);
        }
    }

    /// <summary>Ends the channel and the calls on it; the next call gets a new one.</summary>
    public void Drop()
    {
        GrpcChannel? dropped;
        lock (gate)
            (dropped, channel) = (channel, null);
        dropped?.Dispose();
    }

    public void Dispose()
    {
        lock (gate)
            disposed = true;
        Drop();
    }
}
