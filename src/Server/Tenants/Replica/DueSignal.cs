namespace GrpcCreds.Server.Tenants.Replica;

/// <summary>
/// Reports immediately which tenants have something due since a commit of this server, without waiting for the next look at the due index.
/// </summary>
internal sealed class DueSignal(TimeProvider clock)
{
    private readonly Mailbox mailbox = new();

    public void Ring(TenantId tenant, DateTimeOffset? due)
    {
        if (due <= clock.GetUtcNow())
            mailbox.Changed(tenant);
    }

    /// <summary>Waits until it rings, but no longer than <paramref name="atMost"/>.</summary>
    public async Task<IReadOnlyCollection<TenantId>> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await mailbox.WaitAsync(either.Token).AsTask().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return mailbox.Take();
    }
}
