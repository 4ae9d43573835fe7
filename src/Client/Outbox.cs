using GrpcCreds.V1;

namespace GrpcCreds.Client;

/// <summary>
/// The reports to send for each tenant. Only the newest report of a tenant counts, an older report never follows a newer one, and a report that was not
/// acknowledged is sent again. This class itself sends nothing.
/// </summary>
/// <remarks>A tenant is in one call at a time, so that its reports arrive in order even if calls overlap.</remarks>
internal sealed class Outbox(TimeProvider time)
{
    /// <summary>The maximum number of reports in one call.</summary>
    public const int MaxReports = 1_000;

    /// <summary>The minimum time before the same revision is rejected again; the service may ask for a longer time.</summary>
    public static readonly TimeSpan BetweenRejections = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromMinutes(15);

    private readonly Lock gate = new();
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private bool closed;

    /// <summary>Accepts reports on a tenant from now on: the service has answered for it, so it counts this node.</summary>
    public void Join(string tenantId)
    {
        lock (gate)
            if (!entries.TryGetValue(tenantId, out var entry))
                entries.Add(tenantId, new Entry());
            else if (entry.IsLeaving)
                entry.Say(null);
    }

    /// <summary>Withdraws a leave report that has not been sent yet.</summary>
    public void Stay(string tenantId)
    {
        lock (gate)
            if (entries.TryGetValue(tenantId, out var entry) && entry.IsLeaving)
                entry.Say(null);
    }

    /// <param name="tenantId">The tenant.</param>
    /// <param name="revision">The revision in use.</param>
    /// <param name="afterRejection">true: the revision has proved to work, so this report replaces a rejection of the same revision.</param>
    /// <returns>Whether there is a report to send.</returns>
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

    /// <summary>Reports that a revision cannot be used. Any number of rejections is reported once, and all of them get the verdict.</summary>
    /// <returns>The service's verdict; null if the service cannot be reached or asked. Never fails.</returns>
    public Task<ReportVerdict?> Rejected(string tenantId, long revision, FailureClass failure, string salesforceCode, out bool isDue)
    {
        lock (gate)
        {
            isDue = false;
            if (revision < 1 || closed || Find_NeedsLock(tenantId) is not { } entry)
                return Task.FromResult<ReportVerdict?>(null);
            if (entry.Last?.Report.Revision > revision)
                return Task.FromResult<ReportVerdict?>(ReportVerdict.Superseded);
            if (entry.Rejection is { } said && said.Report.Revision == revision
                && (!said.Verdict.Task.IsCompleted || time.GetTimestamp() < entry.RejectAgainAt))
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

    /// <summary>Reports once that this node leaves. If that fails, the report is not repeated.</summary>
    /// <returns>Whether there is a report to send.</returns>
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

    /// <summary>The service may have lost the reports, or be a different server: all reports are due again.</summary>
    /// <returns>Whether there is a report to send.</returns>
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

    /// <summary>Takes the reports to send next, in one call. Their tenants are in no other call until this one is settled, failed or refused.</summary>
    /// <returns>Empty if there is nothing to send.</returns>
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
    /// <returns>Whether a newer report was waiting for this call to end.</returns>
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

    /// <summary>The service did not answer: whether the reports arrived is unknown.</summary>
    /// <returns>Whether there is a report to send.</returns>
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

    /// <summary>The service does not accept reports: nothing is sent before the next <see cref="Repeat"/>, and no caller waits for a verdict.</summary>
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

    /// <summary>One report and the service's verdict on it.</summary>
    private sealed class Said(NodeReport report)
    {
        public NodeReport Report => report;

        public TaskCompletionSource<ReportVerdict?> Verdict { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>A tenant.</summary>
    private sealed class Entry
    {
        /// <summary>The newest report, whether sent or not; null if there is none yet.</summary>
        public Said? Last { get; private set; }

        /// <summary>The report that is being sent.</summary>
        public Said? Sent { get; set; }

        /// <summary>The last rejection, even if another report followed it.</summary>
        public Said? Rejection { get; set; }

        public long RejectAgainAt { get; set; }

        /// <summary>Whether <see cref="Last"/> has to be sent.</summary>
        public bool IsDue { get; set; }

        public bool IsLeaving => Last?.Report.Leaving == true;

        public void Say(NodeReport? report)
        {
            // A report that is being sent gets its own verdict. For one that was never sent, this is the best available verdict.
            if (Last != Sent)
                Last?.Verdict.TrySetResult(ReportVerdict.Superseded);
            (Last, IsDue) = (report is null ? null : new Said(report), report is not null);
        }
    }
}
