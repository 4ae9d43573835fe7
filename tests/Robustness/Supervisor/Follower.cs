namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>One address that leads to the master of the moment, as a load balancer would: all that a client gets that knows of no Sentinel.</summary>
internal sealed class Follower : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stopping = new();
    private readonly SentinelTopology topology;
    private readonly Task following;
    private volatile StoreNode master;

    public Follower(SentinelTopology topology, StoreNode master)
    {
        (this.topology, this.master) = (topology, master);
        Address = topology.Network.AddFollowing(() => this.master.Host);
        following = FollowAsync();
    }

    public string Address { get; }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await following;
        stopping.Dispose();
    }

    private async Task FollowAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            if ((await topology.ShardAsync()).Primary is var now && now != master)
            {
                master = now;
                topology.Network.DropClients();
            }
            await Task.Delay(Pause, CancellationToken.None);
        }
    }
}
