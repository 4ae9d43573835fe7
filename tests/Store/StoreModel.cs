using GrpcCreds.Server.Store;

namespace GrpcCreds.Tests.Store;

/// <summary>A simple model of a store: one partition, everything in memory.</summary>
internal sealed class StoreModel(long start, int auditEntries)
{
    private readonly Dictionary<TenantId, Entry> tenants = [];

    public long Seq { get; private set; } = start;

    public IEnumerable<Change> Changes =>
        tenants.Where(tenant => tenant.Value.Rev > 0).Select(tenant => new Change(tenant.Key, tenant.Value.Seq)).OrderBy(change => change.Seq);

    public IEnumerable<TenantId> Due => tenants.Where(tenant => tenant.Value.Due is not null).Select(tenant => tenant.Key);

    public long Rev(TenantId tenant) => Of(tenant).Rev;

    public IEnumerable<long> Audit(TenantId tenant) => Of(tenant).Audit.AsEnumerable().Reverse();

    public RequestEntry? Request(TenantId tenant, Guid id) => Of(tenant).Requests.SingleOrDefault(request => request.Id == id);

    public CommitOutcome Apply(Commit commit)
    {
        var entry = Of(commit.Tenant);
        if (Seq < commit.SeqSeen)
            return new CommitOutcome.Behind(Seq);
        if (Request(commit.Tenant, commit.Request.Id) is { } known)
            return new CommitOutcome.Known(known);
        if (entry.Rev != commit.ReadRev)
            return new CommitOutcome.Conflict();

        entry.Rev = commit.Record.Rev;
        entry.Seq = ++Seq;
        entry.Due = commit.Due;
        entry.Audit.Add(entry.Rev);
        if (entry.Audit.Count > auditEntries)
            entry.Audit.RemoveAt(0);
        var ended = entry.Requests.FindIndex(request => request.Id == commit.Ends?.Id);
        if (ended >= 0)
            entry.Requests[ended] = entry.Requests[ended] with { Result = commit.Ends!.Result };
        entry.Requests.Add(commit.Request);
        while (entry.Requests.Count > RequestEntry.MaxPerTenant || entry.Requests[0].Time < commit.Request.Time - RequestEntry.MaxAge)
            entry.Requests.RemoveAt(0);
        return new CommitOutcome.Committed(Seq);
    }

    private Entry Of(TenantId tenant)
    {
        if (!tenants.TryGetValue(tenant, out var entry))
            tenants[tenant] = entry = new Entry();
        return entry;
    }

    private sealed class Entry
    {
        public long Rev { get; set; }

        public long Seq { get; set; }

        public DateTimeOffset? Due { get; set; }

        public List<long> Audit { get; } = [];

        public List<RequestEntry> Requests { get; } = [];
    }
}
