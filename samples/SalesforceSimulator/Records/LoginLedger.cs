namespace GrpcCreds.SalesforceSimulator;

/// <summary>Every login that reached one personality, with its outcome and the number of parallel logins.</summary>
internal sealed class LoginLedger(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly List<LoginEntry> entries = [];
    private TaskCompletionSource changed = NewSignal();

    private DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Records a login that has been read. The caller must end the returned attempt.</summary>
    public Attempt Begin(string username)
    {
        lock (gate)
        {
            var inFlight = 1 + entries.Count(entry => entry.EndTime is null && IsOf(entry, username));
            entries.Add(new LoginEntry
            {
                Number = entries.Count + 1,
                Username = username,
                StartTime = Now,
                InParallel = inFlight,
            });
            Signal_NeedsLock();
            return new Attempt(this, entries.Count - 1);
        }
    }

    public IReadOnlyList<LoginEntry> Entries()
    {
        lock (gate)
            return [.. entries];
    }

    public LoginCounts Count(string username)
    {
        lock (gate)
            return LoginCounts.Of(entries.Where(entry => IsOf(entry, username)));
    }

    public IReadOnlyDictionary<string, LoginCounts> CountAll()
    {
        lock (gate)
            return entries.GroupBy(entry => entry.Username, StringComparer.OrdinalIgnoreCase).ToDictionary(of => of.Key, LoginCounts.Of);
    }

    public async Task<LoginCounts> WaitAsync(string username, Func<LoginCounts, bool> until, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
                next = changed.Task;
            // The signal is taken before the counts are read, so that no change is missed in between.
            var counts = Count(username);
            if (until(counts))
                return counts;
            await next.WaitAsync(cancellationToken);
        }
    }

    private void Change(int index, Func<LoginEntry, LoginEntry> change)
    {
        lock (gate)
        {
            entries[index] = change(entries[index]);
            Signal_NeedsLock();
        }
    }

    private void Signal_NeedsLock()
    {
        changed.SetResult();
        changed = NewSignal();
    }

    private static bool IsOf(LoginEntry entry, string username) => string.Equals(entry.Username, username, StringComparison.OrdinalIgnoreCase);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Records the progress of one login.</summary>
    public sealed class Attempt(LoginLedger ledger, int index)
    {
        public void Accepted() => ledger.Change(index, entry => entry with { Outcome = LoginOutcome.Accepted });

        public void Refused(string exceptionCode) =>
            ledger.Change(index, entry => entry with { Outcome = LoginOutcome.Refused, ExceptionCode = exceptionCode });

        public void Ended() => ledger.Change(index, entry => entry with
        {
            EndTime = ledger.Now,
            Outcome = entry.Outcome == LoginOutcome.Pending ? LoginOutcome.Failed : entry.Outcome,
        });
    }
}
