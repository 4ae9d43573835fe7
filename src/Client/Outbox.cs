using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// What the service has to be told of each tenant: only the newest counts, an older one never follows a newer one, and what was not acknowledged is due again.
/// Sends nothing itself.
/// </summary>
/// <remarks>A tenant is in one call at a time, so that its reports arrive in their order though calls overlap.</remarks>
internal sealed class Outbox(TimeProvider time)
{
    /// <summary>Reports of one call.</summary>
    public const int MaxReports = 1_000;

    /// <summary>The same revision is rejected again after this time at the earliest, and after that of the service if it names one.</summary>
    public static readonly TimeSpan BetweenRejections = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private bool closed;

    /// <summary>From now on reports of a tenant are taken: the service has answered for it, so it counts this node.</summary>
    public void Join(string tenantId)
    {
        lock (gate)
            if (!entries.TryGetValue(tenantId, out var entry))
                entries.Add(tenantId, new Entry());
            else if (entry.IsLeaving)
                entry.Say(null);
    }

    /// <summary>A goodbye that has not gone out is taken back.</summary>
    public void Stay(string tenantId)
    {
        lock (gate)
            if (entries.TryGetValue(tenantId, out var entry) && entry.IsLeaving)
                entry.Say(null);
    }

    /// <param name="tenantId">The tenant.</param>
    /// <param name="revision">What is in use.</param>
    /// <param name="afterRejection">true: it proved to be good, so this takes the place of a rejection of the same revision.</param>
    /// <returns>Whether there is something to send.</returns>
    public bool Applied(string tenantId, long revision, bool afterRejection = false)
    {
        lock (gate)
        {
            if (revision < 1 || Find_NeedsLock(tenantId) is not { } entry)
                return false;
            var last = entry.Last?.Report;
            if (last is not null && (last.Revision > revision || (last.Revision == revision && !(afterRejection && IsRejection(last)))))
                return false;
            entry.Say(new NodeReport { TenantId = tenantId, Revision = revision, Outcome = ReportedOutcome.Applied });
            return true;
        }
    }

    /// <summary>Says that a revision cannot be used; however many say so, it is reported once, and all get the verdict.</summary>
    /// <returns>What the service makes of it; null if it cannot be told. Never fails.</returns>
    public Task<ReportVerdict?> Rejected(string tenantId, long revision, FailureClass failure, string salesforceCode, out bool isDue)
    {
        lock (gate)
        {
            isDue = false;
            if (revision < 1 || closed || Find_NeedsLock(tenantId) is not { } entry)
                return Task.FromResult<ReportVerdict?>(null);
            if (entry.Last?.Report.Revision > revision)
                return Task.FromResult<ReportVerdict?>(ReportVerdict.Superseded);
            if (entry.Rejection is { } said && said.Report.Revision == revision && (!said.Verdict.Task.IsCompleted || time.GetTimestamp() < entry.RejectAgainAt))
                return said.Verdict.Task;
            entry.Say(new NodeReport
            {
                TenantId = tenantId,
                Revision = revision,
                Outcome = ReportedOutcome.Rejected,
                FailureClass = failure,
                SalesforceCode = salesforceCode,
            });
            entry.Rejection = entry.Last;
            isDue = true;
            return entry.Last!.Verdict.Task;
        }
    }

    /// <summary>Says goodbye, once; if that fails it is not said again.</summary>
    /// <returns>Whether there is something to send.</returns>
    public bool Leave(string tenantId)
    {
        lock (gate)
        {
            if (Find_NeedsLock(tenantId) is not { } entry)
                return false;
            entry.Say(new NodeReport { TenantId = tenantId, Leaving = true });
            return true;
        }
    }

    public void LeaveAll()
    {
        string[] all;
        lock (gate)
            all = [.. entries.Keys];
        foreach (var tenant in all)
            Leave(tenant);
    }

    /// <summary>The service may have lost what it was told, or be another one: everything is due again.</summary>
    /// <returns>Whether there is something to send.</returns>
    public bool Repeat()
    {
        lock (gate)
        {
            closed = false;
            foreach (var entry in entries.Values)
                entry.IsDue = entry.Last is not null;
            return entries.Values.Any(entry => entry.IsDue);
        }
    }

    /// <summary>What to send next, in one call: its tenants are in no other call until it is settled, failed or refused.</summary>
    /// <returns>Empty if there is nothing.</returns>
    public IReadOnlyList<NodeReport> Take()
    {
        lock (gate)
        {
            if (closed)
                return [];
            var taken = entries.Values.Where(entry => entry is { IsDue: true, Sent: null }).Take(MaxReports).ToList();
            foreach (var entry in taken)
                (entry.Sent, entry.IsDue) = (entry.Last, false);
            return [.. taken.Select(entry => entry.Sent!.Report)];
        }
    }

    /// <summary>The service has answered.</summary>
    /// <returns>Whether something newer waited for that.</returns>
    public bool Settled(IEnumerable<ReportResult> results)
    {
        lock (gate)
        {
            var more = false;
            foreach (var result in results)
            {
                if (!entries.TryGetValue(result.TenantId, out var entry) || entry.Sent is not { } sent)
                    continue;
                if (IsRejection(sent.Report))
                    entry.RejectAgainAt = time.GetTimestamp() + (long)(Wait(result).TotalSeconds * time.TimestampFrequency);
                sent.Verdict.TrySetResult(result.Verdict);
                more |= Back_NeedsLock(result.TenantId, entry, dueAgain: false);
            }
            return more;
        }
    }

    /// <summary>No answer came: whether the reports arrived is not known.</summary>
    /// <returns>Whether there is something to send.</returns>
    public bool Failed(IEnumerable<NodeReport> reports)
    {
        lock (gate)
        {
            var more = false;
            foreach (var report in reports)
                if (entries.TryGetValue(report.TenantId, out var entry) && entry.Sent is not null)
                    more |= Back_NeedsLock(report.TenantId, entry, dueAgain: true);
            return more;
        }
    }

    /// <summary>The service does not take reports: nothing is sent before the next <see cref="Repeat"/>, and nobody waits for a verdict.</summary>
    public void Refused(IEnumerable<NodeReport> reports)
    {
        Failed(reports);
        lock (gate)
        {
            closed = true;
            foreach (var entry in entries.Values)
                entry.Last?.Verdict.TrySetResult(null);
        }
    }

    private Entry? Find_NeedsLock(string tenantId) => entries.TryGetValue(tenantId, out var entry) && !entry.IsLeaving ? entry : null;

    private bool Back_NeedsLock(string tenantId, Entry entry, bool dueAgain)
    {
        var sent = entry.Sent;
        entry.Sent = null;
        if (sent != entry.Last)
            sent?.Verdict.TrySetResult(ReportVerdict.Superseded);
        else if (entry.IsLeaving)
            entries.Remove(tenantId);
        else
            entry.IsDue |= dueAgain;
        return entry.IsDue;
    }

    private static bool IsRejection(NodeReport report) => report.Outcome == ReportedOutcome.Rejected;

    private static TimeSpan Wait(ReportResult result)
    {
        var named = TimeSpan.FromSeconds(Math.Clamp(result.RetryAfter?.Seconds ?? 0, 0, LongestRetryAfter.TotalSeconds));
        return named > BetweenRejections ? named : BetweenRejections;
    }

    /// <summary>One report, and what the service made of it.</summary>
    private sealed class Said(NodeReport report)
    {
        public NodeReport Report => report;

        public TaskCompletionSource<ReportVerdict?> Verdict { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A tenant.</summary>
    private sealed class Entry
    {
        /// <summary>The newest report, sent or not; null if there is none yet.</summary>
        public Said? Last { get; private set; }

        /// <summary>The one that is under way.</summary>
        public Said? Sent { get; set; }

        /// <summary>The last rejection, also after something else was said.</summary>
        public Said? Rejection { get; set; }

        public long RejectAgainAt { get; set; }

        /// <summary>Whether <see cref="Last"/> has to be sent.</summary>
        public bool IsDue { get; set; }

        public bool IsLeaving => Last?.Report.Leaving == true;

        public void Say(NodeReport? report)
        {
            // What is under way gets its own verdict; what was never sent gets none better than this.
            if (Last != Sent)
                Last?.Verdict.TrySetResult(ReportVerdict.Superseded);
            (Last, IsDue) = (report is null ? null : new Said(report), report is not null);
        }
    }
}
