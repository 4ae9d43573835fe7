using Grpc.Net.Client;
using GrpcCreds.Tests.Support;
using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Renewal;

/// <summary>One of the service processes of a deployment, behind its own proxy.</summary>
internal sealed class Member(ServiceProcess process, RedisProxy? proxy) : IAsyncDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress(process.Grpc);

    public RedisProxy? Proxy => proxy;

    public Uri Grpc => process.Grpc;

    public SyncCredentials.SyncCredentialsClient Client => field ??= new(channel);

    /// <summary>Neither killed nor stopped.</summary>
    public bool IsUp { get; private set; } = true;

    public Uri Clock(TimeSpan advance) => new(process.Http, $"/development/clock?advance={advance:c}");

    public Task KillAsync()
    {
        IsUp = false;
        return process.KillAsync();
    }

    public async Task RestartAsync()
    {
        await process.StartAsync();
        IsUp = true;
    }

    /// <summary>SIGSTOP: it keeps its memory and connections, and does nothing.</summary>
    public void Stop()
    {
        IsUp = false;
        Signals.Send(process.Id, Signals.Stop);
    }

    public void Continue()
    {
        Signals.Send(process.Id, Signals.Continue);
        IsUp = true;
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await process.DisposeAsync();
        if (proxy is not null)
            await proxy.DisposeAsync();
    }
}
