namespace GrpcCreds.Server.Rollout;

/// <summary>One stream of a node, for all the tenants it watches, and whether a newer stream has replaced it.</summary>
/// <param name="name">The node's name.</param>
/// <param name="tenants">The requested tenants.</param>
/// <param name="openedTime">When the stream was opened.</param>
internal sealed class NodeStream(NodeName name, IEnumerable<TenantId> tenants, DateTimeOffset openedTime) : IDisposable
{
    private readonly CancellationTokenSource replaced = new();

    public IEnumerable<TenantId> Tenants => tenants;

    public DateTimeOffset OpenedTime => openedTime;

    public NodeName Name => name;

    /// <summary>Cancelled when a newer stream of the same instance replaces this one.</summary>
    public CancellationToken Replaced => replaced.Token;

    /// <summary>Marks the stream as replaced. Without an instance id it does nothing: the newer stream may be another process.</summary>
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
            // The stream has just ended.
        }
    }

    public void Dispose() => replaced.Dispose();
}
