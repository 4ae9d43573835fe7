namespace GrpcCreds.Server.Rollout;

/// <summary>One stream of a node, over all the tenants it watches: when it begins and ends with each, and what it was sent.</summary>
/// <param name="registry">Knows all of this server.</param>
/// <param name="name">Of the node.</param>
/// <param name="tenants">All that it asks for.</param>
/// <param name="openedTime">When it was opened.</param>
internal sealed class NodeStream(NodeRegistry registry, NodeName name, IEnumerable<TenantId> tenants, DateTimeOffset openedTime) : IDisposable
{
    private readonly CancellationTokenSource replaced = new();

    public IEnumerable<TenantId> Tenants => tenants;

    public DateTimeOffset OpenedTime => openedTime;

    public NodeName Name => name;

    /// <summary>A newer stream of the same instance has taken its place.</summary>
    public CancellationToken Replaced => replaced.Token;

    public void Begins(TenantId tenant) => registry.Enter(tenant, this);

    public void Ends(TenantId tenant) => registry.Leave(tenant, this);

    public void Sent(TenantId tenant, long revision) => registry.Sent(tenant, name, revision);

    /// <summary>Without an instance nobody can tell whether it is another process.</summary>
    public void Replace()
    {
        if (name.InstanceId == "")
            return;
        try
        {
            _ = replaced.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    public void Dispose()
    {
        registry.Close(this);
        replaced.Dispose();
    }
}
