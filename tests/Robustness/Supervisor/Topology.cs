using System.Globalization;
using GrpcCreds.Tests.Support;

namespace GrpcCreds.Tests.Robustness.Supervisor;

/// <summary>The nodes of a store that is replicated in one way, and the network between them.</summary>
internal abstract class Topology : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string fsync;
    private readonly string program;
    private readonly TemporaryDirectory directory = new();
    private readonly List<StoreNode> nodes = [];

    protected Topology(bool always, string program = RedisServer.Redis) => (fsync, this.program) = (always ? "always" : "everysec", program);

    public Network Network { get; } = new();

    public IReadOnlyList<StoreNode> Nodes => nodes;

    /// <summary>Settings of the service for this store.</summary>
    public abstract IReadOnlyList<string> Settings { get; }

    /// <summary>The nodes that hold data, in their shards.</summary>
    protected IEnumerable<StoreNode> Data => nodes.Where(node => !node.Name.StartsWith("sentinel", StringComparison.Ordinal));

    public async Task StartAsync()
    {
        await PrepareAsync();
        await HealthyAsync();
    }

    /// <summary>The primary that holds this partition's data, and its replicas.</summary>
    public abstract Task<Shard> ShardAsync(int partition = 0);

    /// <summary>Ends every fault, starts what was killed, and waits until every node is where it belongs and follows.</summary>
    public async Task HealthyAsync()
    {
        Network.Heal();
        foreach (var node in nodes)
        {
            if (node.IsUp)
                node.Continue();
            else
                await node.StartAsync();
        }
        await Waiting.UntilAsync(IsHealthyIfAskedAsync, "all nodes are up and follow", Patience);
    }

    /// <summary>Copies what the nodes logged.</summary>
    public void CopyLogs(string to)
    {
        foreach (var node in nodes.Where(node => File.Exists(node.Log)))
            File.Copy(node.Log, Path.Combine(to, $"{node.Name}.log"), overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in nodes)
            await node.DisposeAsync();
        await Network.DisposeAsync();
        directory.Dispose();
    }

    protected abstract Task PrepareAsync();

    protected abstract Task<bool> IsHealthyAsync();

    protected async Task<StoreNode> AddAsync(string name, Func<Host, IEnumerable<string>> settings, params string[] arguments)
    {
        var host = Network.Add(name);
        var node = new StoreNode(program, host, directory.Path, settings(host), arguments);
        nodes.Add(node);
        await node.StartAsync();
        return node;
    }

    protected Task<StoreNode> AddDataAsync(string name, Func<Host, IEnumerable<string>> settings) => AddAsync(name, host =>
        ["save \"\"", "appendonly yes", $"appendfsync {fsync}", "maxmemory-policy noeviction", "repl-diskless-sync-delay 0", .. settings(host)]);

    protected static IEnumerable<string> AnnouncedToMaster(Host host) => [$"replica-announce-ip {host.Announced}", $"replica-announce-port {host.Port}"];

    protected StoreNode At(string announced) => nodes.Single(node => node.Host.Announced.ToString() == announced);

    /// <summary>It is a master, and so many replicas have all that it has.</summary>
    protected static async Task<bool> IsFollowedAsync(StoreNode node, int replicas)
    {
        var info = await node.InfoAsync("replication");
        return info["role"] == "master" && info["connected_slaves"] == replicas.ToString(CultureInfo.InvariantCulture)
            && Enumerable.Range(0, replicas).All(number => info.GetValueOrDefault($"slave{number}", "").Contains("state=online", StringComparison.Ordinal));
    }

    private async Task<bool> IsHealthyIfAskedAsync()
    {
        try
        {
            return await IsHealthyAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // Still loading, or not yet reachable.
            return false;
        }
    }
}

/// <summary>A primary and its replicas.</summary>
internal sealed record Shard(StoreNode Primary, IReadOnlyList<StoreNode> Replicas);
