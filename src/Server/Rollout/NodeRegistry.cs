using System.Collections.Concurrent;
using GrpcCreds.Server.Cluster;
using GrpcCreds.Server.Observability;
using GrpcCreds.Server.Store;

namespace GrpcCreds.Server.Rollout;

/// <summary>
/// What this server knows about the nodes it serves. It writes this to the store at most once a second for each tenant, with everything that
/// arrived in between. A failed write is repeated later; only a caller that reports waits for it. Paced by real time.
/// </summary>
internal sealed partial class NodeRegistry(
    IStore store, WriteBlock block, ClusterMembers members, Fleets fleets, ServiceMetrics metrics, TimeProvider clock, BackgroundWork work,
    ILogger<NodeRegistry> log)
    : IHostedService, IDisposable
{
    public static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private const int WritesAtOnce = 16;
    private static readonly TimeSpan LastPatience = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<TenantId, TenantNodes> tenants = new();
    private readonly ConcurrentDictionary<Task, bool> running = new();

    /// <summary>The open streams of processes that state their instance id.</summary>
    private readonly Dictionary<NodeName, List<NodeStream>> processes = [];

    private readonly NodeShares shares = new();
    private readonly SemaphoreSlim places = new(WritesAtOnce);
    private readonly CancellationTokenSource stopping = new();
    private bool toldOfTooMany;

    /// <summary>The tenants that have a node known to this server.</summary>
    public IEnumerable<KeyValuePair<TenantId, TenantNodes>> Tenants => tenants;

    /// <summary>Opens a stream. It replaces any open stream of the same process that shares a tenant with it.</summary>
    public NodeStream Open(NodeName name, IEnumerable<TenantId> asked)
    {
        var stream = new NodeStream(name, asked, clock.GetUtcNow());
        if (name.InstanceId == "")
            return stream;
        lock (processes)
        {
            if (!processes.TryGetValue(name, out var open))
                processes[name] = open = [];
            foreach (var other in open.Where(other => other.Tenants.Intersect(asked).Any()))
                other.Replace();
            open.Add(stream);
        }
        return stream;
    }

    /// <summary>Closes a stream.</summary>
    public void Close(NodeStream stream)
    {
        lock (processes)
        {
            if (processes.TryGetValue(stream.Name, out var open) && open.Remove(stream) && open.Count == 0)
                processes.Remove(stream.Name);
        }
        stream.Dispose();
    }

    /// <summary>Notes that a node's stream starts to serve a tenant.</summary>
    public void Enter(TenantId tenant, NodeStream stream)
    {
        if (stream.Name.IsObserver)
            return;
        while (!Of(tenant).Enter(stream))
        {
        }
        Change(tenant, stream.Name, entry => entry.Opened(stream.OpenedTime.ToUnixTimeMilliseconds(), Now));
    }

    /// <summary>Notes that a node's stream no longer serves a tenant.</summary>
    public void Leave(TenantId tenant, NodeStream stream)
    {
        if (!stream.Name.IsObserver && Of(tenant).Leave(stream))
            Change(tenant, stream.Name, entry => entry.Closed(Now));
    }

    /// <summary>Notes that a revision is being sent to a node.</summary>
    public void Sent(TenantId tenant, NodeName node, long revision)
    {
        if (revision > 0)
            Change(tenant, node, entry => entry.WasSent(revision));
    }

    /// <summary>Whether this server sent this revision, or a newer one, to the node.</summary>
    public bool WasSent(TenantId tenant, NodeName node, long revision) =>
        tenants.TryGetValue(tenant, out var tenantNodes) && tenantNodes.Entry(node)?.Sent >= revision;

    /// <summary>Whether the node has an open stream on this server.</summary>
    public bool HasStream(TenantId tenant, NodeName node) => tenants.TryGetValue(tenant, out var tenantNodes) && tenantNodes.HasStream(node);

    /// <summary>Whether this server knows the node.</summary>
    public bool Knows(TenantId tenant, NodeName node) => tenants.TryGetValue(tenant, out var tenantNodes) && tenantNodes.Entry(node) is not null;

    /// <summary>All processes with this node's name, itself included, that have an open stream on this server.</summary>
    public IReadOnlyList<NodeName> Streams(TenantId tenant, NodeName node) => tenants.TryGetValue(tenant, out var tenantNodes) ? tenantNodes.Streams(node) : [];

    /// <summary>Stores what a node reported; completes when that is durable.</summary>
    /// <exception cref="StoreUnavailableException">The report is not known to be durable.</exception>
    public async Task ReportAsync(TenantId tenant, NodeName node, Func<NodeEntry, long, NodeEntry> change, CancellationToken cancellationToken)
    {
        if (await Change(tenant, node, entry => change(entry, Now)).WaitAsync(cancellationToken) is { } failure)
        {
            throw failure switch
            {
                StoreDamagedException => new StoreDamagedException(failure.Message, failure),
                StoreUnavailableException => new StoreUnavailableException(failure.Message, failure),
                _ => new StoreUnavailableException("the report could not be stored; the service's log shows why", failure),
            };
        }
    }

    /// <summary>Removes entries that no longer count.</summary>
    public void Drop(TenantId tenant, TenantNodes tenantNodes, IEnumerable<NodeEntry> over)
    {
        if (tenantNodes.Drop(over))
            BeginWriting(tenant, tenantNodes);
    }

    /// <summary>Forgets a tenant's nodes that were last seen a day ago.</summary>
    public void Forget(TenantId tenant, TenantNodes tenantNodes)
    {
        if (tenantNodes.Forget((clock.GetUtcNow() - StoredNode.Lifetime).ToUnixTimeMilliseconds()))
            tenants.TryRemove(new(tenant, tenantNodes));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        store.Hinted += OnHint;
        return Task.CompletedTask;
    }

    /// <summary>All streams have ended by now; their ends are still written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        store.Hinted -= OnHint;
        await stopping.CancelAsync();
        await Task.WhenAll(running.Keys).WaitAsync(LastPatience, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        places.Dispose();
        stopping.Dispose();
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private TenantNodes Of(TenantId tenant) => tenants.GetOrAdd(tenant, _ => new(members.Id, shares));

    // A store in another process may have been restored to an earlier state.
    private void OnHint(StoreHint hint)
    {
        if (hint != StoreHint.Reconnected)
            return;
        foreach (var (tenant, tenantNodes) in tenants)
        {
            if (tenantNodes.ChangeAll())
                BeginWriting(tenant, tenantNodes);
        }
    }

    private Task<Exception?> Change(TenantId tenant, NodeName node, Func<NodeEntry, NodeEntry> change)
    {
        TenantNodes tenantNodes;
        Task<Exception?>? durable;
        bool begin;
        do
            tenantNodes = Of(tenant);
        while (!tenantNodes.Change(node, change, out durable, out begin));
        if (durable is null)
        {
            metrics.NodeNotKept();
            if (!Interlocked.Exchange(ref toldOfTooMany, true))
                Log.TooMany(log, tenant, FleetSnapshot.MaxNodes, node.Caller, NodeShares.MaxPerCaller);
            return Task.FromResult<Exception?>(null);
        }
        if (begin)
            BeginWriting(tenant, tenantNodes);
        return durable;
    }

    private void BeginWriting(TenantId tenant, TenantNodes tenantNodes)
    {
        var writing = Task.Run(() => work.UntilDoneAsync(nameof(NodeRegistry), () => WriteAsync(tenant, tenantNodes), stopping.Token));
        running[writing] = true;
        _ = ForgetAsync(writing);
    }

    private async Task ForgetAsync(Task writing)
    {
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        running.TryRemove(writing, out _);
    }

    // Runs once for each tenant with something to write, until nothing is left.
    private async Task WriteAsync(TenantId tenant, TenantNodes tenantNodes)
    {
        await PauseAsync(tenantNodes.UntilNextWrite(Pace));
        while (true)
        {
            await places.WaitAsync();
            try
            {
                if (tenantNodes.Take() is not { } batch)
                    return;
                await WriteAsync(tenant, tenantNodes, batch);
                if (stopping.IsCancellationRequested && batch.Done.Task.Result is not null)
                    return;
            }
            finally
            {
                places.Release();
            }
            await PauseAsync(Pace);
        }
    }

    private async Task WriteAsync(TenantId tenant, TenantNodes tenantNodes, TenantNodes.Batch batch)
    {
        try
        {
            if (block() is { } text)
                throw new StoreUnavailableException(text);
            var nodes = batch.Set.Select(entry => new StoredNode(entry.Key, entry.Write())).ToList();
            await store.SetNodesAsync(tenant, nodes, batch.Dropped, clock.GetUtcNow(), CancellationToken.None);
            fleets.Take(tenant, batch.Set, nodes, batch.Dropped);
            metrics.NodesWritten();
            batch.Done.SetResult(null);
        }
        catch (Exception e)
        {
            // Whatever failed: the next write includes the batch, and every caller that waits for this one receives the error.
            tenantNodes.Return(batch);
            batch.Done.SetResult(e);
            if (e is not StoreUnavailableException)
                work.Failed($"{nameof(NodeRegistry)}: a write", e);
        }
    }

    private async Task PauseAsync(TimeSpan pause) => await Task.Delay(pause, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(
            650,
            LogLevel.Warning,
            "Tenant {Tenant} has more than {Max} nodes on this server, or caller {Caller} has more than {MaxPerCaller}. The nodes "
                + "beyond the limit are served but not counted. Check whether nodes generate a new node_id at each start")]
        public static partial void TooMany(ILogger logger, TenantId tenant, int max, string caller, int maxPerCaller);
    }
}
