namespace GrpcCreds.Server.Rollout;

/// <summary>One stream of a node, over all the tenants it watches: and whether a newer one has taken its place.</summary>
/// <param name="name">Of the node.</param>
/// <param name="tenants">All that it asks for.</param>
/// <param name="openedTime">When it was opened.</param>
internal sealed class NodeStream(NodeName name, IEnumerable<TenantId> tenants, DateTimeOffset openedTime) : IDisposable
{
    private readonly CancellationTokenSource replaced = new();

    public IEnumerable<TenantId> Tenants => tenants;

    public DateTimeOffset OpenedTime => openedTime;

    public NodeName Name => name;

    /// <summary>A newer stream of the same instance has taken its place.</summary>
    public CancellationToken Replaced => replaced.Token;

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

    public void Dispose() => replaced.Dispose();
}
