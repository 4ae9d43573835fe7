namespace GrpcCreds.Server.Audit;

/// <summary>Callers that are about to receive a revision and wait until that is durable, all in one entry of the audit.</summary>
/// <remarks>Its tenant's lock is held for everything here but <see cref="FirstAttempt"/>.</remarks>
internal sealed class DisclosureBatch(long revision)
{
    /// <summary>More recipients would make entries that are slow to read and to write.</summary>
    public const int MaxRecipients = 250;

    private readonly Dictionary<string, Recipient> recipients = [];
    private readonly HashSet<Action<TenantId>> waiting = [];
    private readonly TaskCompletionSource firstAttempt = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool closed;

    public long Revision => revision;

    /// <summary>Whether it still accepts callers.</summary>
    public bool IsOpen => !closed && recipients.Count < MaxRecipients;

    /// <summary>Whether a stream waits for it, however long it takes.</summary>
    public bool IsWaitedFor => waiting.Count > 0;

    public IReadOnlyCollection<Recipient> Recipients => recipients.Values;

    /// <summary>
    /// For callers that wait only once: completes when the store has answered for the first time, with its exception if it did not accept the entry.
    /// </summary>
    public Task FirstAttempt => firstAttempt.Task;

    public bool Has(string caller) => recipients.ContainsKey(caller);

    /// <param name="to">The caller and its call; already listed if the batch is closed.</param>
    /// <param name="streams">The number of its streams; 0 for one that was counted before.</param>
    /// <param name="then">Called when the entry is durable.</param>
    public void Add(Origin to, int streams, Action<TenantId>? then)
    {
        if (!closed)
        {
            recipients[to.Caller] = recipients.TryGetValue(to.Caller, out var known)
                ? known with { Count = known.Count + streams }
                : new(to.Caller, to.From, to.Method, Math.Max(streams, 1));
        }
        if (then is not null)
            waiting.Add(then);
    }

    public void Close() => closed = true;

    public void Leave(Action<TenantId> then) => waiting.Remove(then);

    /// <returns>The waiting streams to notify.</returns>
    public IReadOnlyCollection<Action<TenantId>> Written()
    {
        firstAttempt.TrySetResult();
        return waiting;
    }

    public void Failed(Exception failure)
    {
        if (firstAttempt.TrySetException(failure))
            // There may be no waiting caller: mark the exception as observed.
            _ = firstAttempt.Task.Exception;
    }
}
