namespace GrpcCreds.Server.Rollout;

/// <summary>One stream of a node, over all the tenants it watches: when it begins and ends with each, and what it was sent.</summary>
internal sealed class NodeStream(Roster roster, NodeName name) : IDisposable
{
    private readonly CancellationTokenSource replaced = new();

    public NodeName Name => name;

    /// <summary>A newer stream of the same instance has taken its place.</summary>
    public CancellationToken Replaced => replaced.Token;

    public void Begins(TenantId tenant) => roster.Enter(tenant, this);

    public void Ends(TenantId tenant) => roster.Leave(tenant, this);

    public void Sent(TenantId tenant, long revision) => roster.Sent(tenant, name, revision);

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
