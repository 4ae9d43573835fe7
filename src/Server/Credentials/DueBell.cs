namespace GrpcCreds.Server.Credentials;

/// <summary>Rings when a commit of this server left something that is due at once, so that it need not wait for the next look at the due index.</summary>
internal sealed class DueBell(TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim rung = new(0, 1);

    public void Ring(DateTimeOffset? due)
    {
        if (due > clock.GetUtcNow())
            return;
        try
        {
            if (due is not null)
                rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has rung already and nobody has looked yet.
        }
    }

    public void Dispose() => rung.Dispose();

    /// <summary>Waits until it rings, or for <paramref name="atMost"/>.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await rung.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
