using GrpcCreds.V1;

namespace GrpcCreds.Tests.Faults.Crash;

/// <summary>
/// Invariants of every run, whatever was killed and when: pure functions of what callers saw and what the store holds. Each yields one line
/// for each violation.
/// </summary>
internal static class Checkers
{
    private const string Activated = nameof(WriteResult.Activated);
    private const string Set = nameof(SyncCredentials.SyncCredentialsClient.SetPasswordCredential);

    public static IReadOnlyList<string> All(History history, DurableHistory durable, Func<string, int> loginsOf) =>
    [
        .. history.Surprises, .. WholeCommits(durable), .. AcknowledgedIsDurable(history, durable), .. AppliedAtMostOnce(history, durable, loginsOf),
        .. NothingVanished(history, durable), .. StreamsOnlyGrow(history), .. RealTimeOrder(history, durable), .. ReadsAreNotStale(history),
    ];

    /// <summary>
    /// A record, its place in the order and its audit entry come together; revs only grow, a revision is its own commit's rev or the one
    /// before.
    /// </summary>
    public static IEnumerable<string> WholeCommits(DurableHistory durable)
    {
        var count = durable.Tenants.Values.Sum(tenant => tenant.Commits.Count);
        if (count != durable.Seq)
            yield return $"half: the store counts {durable.Seq} commits and has {count} audit entries";
        foreach (var (name, tenant) in durable.Tenants)
        {
            var last = tenant.Commits is [.., var newest] ? newest : null;
            if (tenant.Rev is null)
                yield return $"half: the record of {name} does not open";
            else if ((last?.Rev, last?.Revision) != (tenant.Rev, tenant.Revision))
                yield return $"half: the record of {name} is rev {tenant.Rev}, revision {tenant.Revision}; "
                    + $"its last audit entry rev {last?.Rev}, revision {last?.Revision}";
            foreach (var (before, after) in tenant.Commits.Zip(tenant.Commits.Skip(1)))
            {
                if (after.Rev <= before.Rev)
                    yield return $"order: {name} has rev {after.Rev} after rev {before.Rev}";
                if (!after.MovesRevision && after.Revision != before.Revision)
                    yield return $"lost update: {name} rev {after.Rev} has revision {after.Revision}, though rev {before.Rev} had {before.Revision}";
            }
            foreach (var healed in tenant.Commits.Where(commit => commit.Method == "ROLLED_BACK"))
                yield return $"false alarm: {name} rev {healed.Rev} repairs a roll-back that never was";
        }
    }

    /// <summary>Every answered write is in the store, and every revision it showed was read back or superseded.</summary>
    public static IEnumerable<string> AcknowledgedIsDurable(History history, DurableHistory durable)
    {
        foreach (var attempt in history.Attempts.Where(attempt => attempt.Outcome == AttemptOutcome.Answered))
        {
            var (tenant, write) = (attempt.Write.Tenant, attempt.Write);
            if (Of(durable, tenant).All(commit => commit.RequestId != write.RequestId))
                yield return $"lost: {write.Kind} {write.RequestId} of {tenant} was answered {attempt.Result} and is not in the store";
            else if (attempt.Result == WriteResult.Activated && Activation(write, durable) is null)
                yield return $"lost: {write.Kind} {write.RequestId} of {tenant} was answered as activated and no such commit is in the store";
            if (attempt.Seen is { } seen && !(durable.Tenants.GetValueOrDefault(tenant)?.Revision >= seen.Revision))
                yield return $"lost: revision {seen.Revision} of {tenant} was answered, the store has {durable.Tenants.GetValueOrDefault(tenant)?.Revision}";
        }
    }

    /// <summary>A request is one commit with one activation, however often it was sent, and every login has a claim.</summary>
    public static IEnumerable<string> AppliedAtMostOnce(History history, DurableHistory durable, Func<string, int> loginsOf)
    {
        foreach (var write in history.Writes)
        {
            var commits = Of(durable, write.Tenant);
            var own = commits.Where(commit => commit.RequestId == write.RequestId).ToList();
            if (own.Count > 1)
                yield return $"twice: {write.Kind} {write.RequestId} of {write.Tenant} was committed {own.Count} times";
            if (write.Username is not { } username)
                continue;
            var ofCredential = own.Count == 0 ? [] : commits.Where(commit => commit.Fingerprint == own[0].Fingerprint).ToList();
            if (ofCredential.Count(commit => commit is { Method: Set, Outcome: Activated }) > 1)
                yield return $"twice: {username} of {write.Tenant} was put in force more than once";
            var claims = ofCredential.Count(commit => commit.Outcome == "Pending");
            if (loginsOf(username) > claims)
                yield return $"twice: {loginsOf(username)} logins of {username} for {claims} claims";
        }
    }

    /// <summary>Everything a caller was shown is a commit of the store, with the state that commit made.</summary>
    public static IEnumerable<string> NothingVanished(History history, DurableHistory durable)
    {
        var usernames = history.Writes.Where(write => write.Username is not null)
            .Select(write => (Commit: Of(durable, write.Tenant).FirstOrDefault(commit => commit.RequestId == write.RequestId), write.Username))
            .Where(pair => pair.Commit?.Fingerprint is not null)
            .ToDictionary(pair => pair.Commit!.Fingerprint!, pair => pair.Username!);
        foreach (var seen in Everything(history).Select(item => item.Seen).Distinct())
        {
            if (seen is { Revision: 0, State: Seen.NotConfigured })
                continue;
            if (Of(durable, seen.Tenant).FirstOrDefault(commit => commit.Rev == seen.Revision) is not { MovesRevision: true } commit)
                yield return $"vanished: {seen.Tenant} was shown at revision {seen.Revision} ({seen.State}), which is not in the store";
            else if (seen.State != Seen.SwitchedOff && usernames.GetValueOrDefault(commit.Fingerprint ?? "") != seen.State)
                yield return $"wrong: {seen.Tenant} was shown with {seen.State} at revision {seen.Revision}, which is another's";
        }
    }

    /// <summary>Revisions of a tenant grow on a stream, also where it was opened again.</summary>
    public static IEnumerable<string> StreamsOnlyGrow(History history) =>
        from told in history.Messages.GroupBy(message => (message.Stream, message.Seen.Tenant))
        from pair in told.Zip(told.Skip(1))
        where pair.Second.Seen.Revision <= pair.First.Seen.Revision && pair.Second.Seen.Revision > 0
        select $"back: stream {told.Key.Stream} got revision {pair.Second.Seen.Revision} of {told.Key.Tenant} after {pair.First.Seen.Revision}";

    /// <summary>A write that was answered before another one began precedes it in the order.</summary>
    public static IEnumerable<string> RealTimeOrder(History history, DurableHistory durable)
    {
        foreach (var tenant in history.Attempts.GroupBy(attempt => attempt.Write.Tenant))
        {
            var answered = tenant.Where(attempt => attempt.Result == WriteResult.Activated)
                .Select(attempt => (attempt.Returned, Activation(attempt.Write, durable)?.Rev)).OrderBy(write => write.Returned).ToList();
            var (next, newest) = (0, 0L);
            foreach (var begun in tenant.GroupBy(attempt => attempt.Write)
                .Select(of => (of.Key, Invoked: of.Min(attempt => attempt.Invoked))).OrderBy(write => write.Invoked))
            {
                while (next < answered.Count && answered[next].Returned < begun.Invoked)
                    newest = Math.Max(newest, answered[next++].Rev ?? 0);
                if (Of(durable, tenant.Key).FirstOrDefault(commit => commit.RequestId == begun.Key.RequestId)?.Rev <= newest)
                    yield return $"order: {begun.Key.RequestId} of {tenant.Key} began after rev {newest} was answered and stands before it";
            }
        }
    }

    /// <summary>A read that begins after a revision was shown, to anybody, shows no older one.</summary>
    public static IEnumerable<string> ReadsAreNotStale(History history)
    {
        foreach (var tenant in Everything(history).GroupBy(item => item.Seen.Tenant))
        {
            var shown = tenant.OrderBy(item => item.At).ToList();
            var (next, newest) = (0, 0L);
            foreach (var read in history.Reads.Where(read => read.Seen.Tenant == tenant.Key).OrderBy(read => read.Invoked))
            {
                while (next < shown.Count && shown[next].At < read.Invoked)
                    newest = Math.Max(newest, shown[next++].Seen.Revision);
                if (read.Seen.Revision < newest)
                    yield return $"stale: {tenant.Key} was read at revision {read.Seen.Revision} after {newest} had been shown";
            }
        }
    }

    private static IEnumerable<(long At, Seen Seen)> Everything(History history) =>
        history.Messages.Select(message => (message.At, message.Seen))
            .Concat(history.Reads.Select(read => (read.Returned, read.Seen)))
            .Concat(history.Attempts.Where(attempt => attempt.Seen is not null).Select(attempt => (attempt.Returned, attempt.Seen!)));

    private static IReadOnlyList<Commitment> Of(DurableHistory durable, string tenant) => durable.Tenants.GetValueOrDefault(tenant)?.Commits ?? [];

    // A switch-off is its own activation; a tested write is put in force by a later commit, of the same credential.
    private static Commitment? Activation(Write write, DurableHistory durable)
    {
        var commits = Of(durable, write.Tenant);
        var claim = commits.FirstOrDefault(commit => commit.RequestId == write.RequestId);
        return claim is null or { Outcome: Activated }
            ? claim
            : commits.FirstOrDefault(commit => commit.Rev > claim.Rev && commit.Outcome == Activated
                && commit.Fingerprint == claim.Fingerprint && commit.Method == claim.Method);
    }
}
