using System.Runtime.CompilerServices;

namespace GrpcCreds.Client;

/// <summary>
/// One tenant's credential, always the newest this process knows of. Get it from <see cref="CredentialWatch.For"/>. Safe for use by any number of threads.
/// </summary>
public sealed class CredentialSource
{
    private readonly Lock gate = new();
    private readonly Latest<Snapshot> latest;

    internal CredentialSource(string tenantId, string? stopReason = null) => (TenantId, latest) = (tenantId, new(new Snapshot(StopReason: stopReason)));

    /// <summary>The tenant.</summary>
    public string TenantId { get; }

    /// <summary>
    /// What is known now, without waiting: null before the first answer, a <see cref="SalesforceSession"/>, or <see cref="NoSession"/> with the cause.
    /// Stays what it was while the service is away (<see cref="State"/> tells) and after the source has stopped.
    /// </summary>
    public CredentialAnswer? Current => latest.Value.Answer;

    /// <summary>How far <see cref="Current"/> can be trusted to be current.</summary>
    public SourceState State => latest.Value.State;

    /// <summary>Why the source is <see cref="SourceState.Stopped"/>, one sentence; null as long as it is not.</summary>
    public string? StopReason => latest.Value.StopReason;

    internal Snapshot Snapshot => latest.Value;

    /// <summary>
    /// The session to use: at once if one is held, whatever <see cref="State"/> says, else as soon as there is one. While the tenant has none this waits:
    /// <see cref="Current"/> says why, and <see cref="GetAnswerAsync"/> does not wait for more than an answer.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; without it the wait may be for ever.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="CredentialWatchStoppedException">The source has stopped without holding a session.</exception>
    public ValueTask<SalesforceSession> GetAsync(CancellationToken cancellationToken = default) => FirstAsync<SalesforceSession>(cancellationToken);

    /// <summary>What is known of the tenant, a session or that there is none, as soon as the service has answered once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled first.</exception>
    /// <exception cref="CredentialWatchStoppedException">The source has stopped before the first answer.</exception>
    public ValueTask<CredentialAnswer> GetAnswerAsync(CancellationToken cancellationToken = default) => FirstAsync<CredentialAnswer>(cancellationToken);

    /// <summary>
    /// <see cref="Current"/> as soon as it is known, then again after each change. A reader that is slow gets only the newest. Ends when the source stops.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<CredentialAnswer> ChangesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        CredentialAnswer? last = null;
        await foreach (var (answer, _, _, stopReason) in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer is not null && answer != last)
                yield return last = answer;
            if (stopReason is not null)
                yield break;
        }
    }

    /// <summary>
    /// <see cref="State"/> now, then again after each change. A reader that is slow gets only the newest. Ends with <see cref="SourceState.Stopped"/>.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading with <see cref="OperationCanceledException"/>.</param>
    public async IAsyncEnumerable<SourceState> StatesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        SourceState? last = null;
        await foreach (var snapshot in latest.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (snapshot.State != last)
                yield return (last = snapshot.State).Value;
            if (last == SourceState.Stopped)
                yield break;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Current?.ToString() ?? $"{TenantId}: nothing known yet"} [{State}]";

    /// <summary>Replaces what is known; what has stopped stays as it is.</summary>
    internal void Update(Func<Snapshot, Snapshot> change)
    {
        lock (gate)
        {
            var now = latest.Value;
            var next = now.StopReason is null ? change(now) : now;
            if (next != now)
                latest.Set(next);
        }
    }

    private async ValueTask<T> FirstAsync<T>(CancellationToken cancellationToken)
        where T : CredentialAnswer
    {
        if (Current is T known)
            return known;
        await foreach (var answer in ChangesAsync(cancellationToken).ConfigureAwait(false))
            if (answer is T wanted)
                return wanted;
        throw new CredentialWatchStoppedException(TenantId, StopReason!);
    }
}
