using System.Threading.Channels;

namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// What one watcher of the <see cref="View"/> has not looked at yet: which of its tenants changed, never what they changed to. So a slow node
/// costs no memory, the newest state always wins, and a publisher never waits.
/// </summary>
internal sealed class Mailbox
{
    private readonly Lock gate = new();
    private readonly Channel<bool> bell =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private HashSet<TenantId> changed = [];

    public void Changed(TenantId tenant)
    {
        lock (gate)
            changed.Add(tenant);
        Ring();
    }

    /// <summary>Wakes the stream for a reason other than a change.</summary>
    public void Ring() => bell.Writer.TryWrite(true);

    public async ValueTask WaitAsync(CancellationToken cancellationToken) => await bell.Reader.ReadAsync(cancellationToken);

    public IReadOnlyCollection<TenantId> Take()
    {
        lock (gate)
        {
            if (changed.Count == 0)
                return [];
            var taken = changed;
            changed = [];
            return taken;
        }
    }
}
