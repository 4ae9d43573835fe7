using GrpcCreds.Server.Audit;

namespace GrpcCreds.Server.Watch;

/// <summary>One stream's place in the <see cref="Audience"/> of a tenant, whose lock is held for what can be set here.</summary>
internal sealed class Listener(Origin to, Action<TenantId> changed)
{
    private long announced;

    /// <summary>The caller and its call.</summary>
    public Origin To => to;

    /// <summary>Whether the stream has not been told of the newest change.</summary>
    public bool Waits { get; set; }

    public bool IsListed { get; set; }

    public Listener? Next { get; set; }

    public Listener? Previous { get; set; }

    /// <summary>Takes note, without the lock, that the disclosure of a revision to this stream is announced to the audit.</summary>
    /// <returns>false if that was done before: the stream then counts already.</returns>
    public bool TryAnnounce(long revision)
    {
        for (var before = Volatile.Read(ref announced); before < revision;)
        {
            var found = Interlocked.CompareExchange(ref announced, revision, before);
            if (found == before)
                return true;
            before = found;
        }
        return false;
    }

    public void Tell(TenantId tenant) => changed(tenant);
}
