namespace GrpcCreds.Server.Audit;

/// <summary>
/// The audit as log lines of a separate category, for export: one for each write, recipient and kind of refusal, written once it is durable. The
/// page docs/operations/audit.md lists the fields; their names do not change.
/// </summary>
internal sealed partial class AuditLog(ILoggerFactory loggers)
{
    public const string Category = "GrpcCreds.Audit";

    private readonly ILogger log = loggers.CreateLogger(Category);

    public void Written(AuditEntry entry) => Log.Write(
        log, entry.Time, entry.Tenant, entry.Link.Number, entry.Link.Hash, entry.Rev, entry.Revision, entry.Origin.Caller, entry.Origin.From,
        entry.Origin.Method, AuditJson.NameOf(entry.Outcome), entry.RequestId, entry.Fingerprint,
        entry.Origin.Reason is { } reason ? Printable.Of(reason) : null);

    public void Disclosed(DisclosureEntry entry)
    {
        foreach (var recipient in entry.Recipients)
            Log.Disclosure(log, entry.Time, entry.Tenant, entry.Revision, recipient.Caller, recipient.From, recipient.Method, recipient.Count, entry.Id);
    }

    public void Refused(RefusalEntry entry)
    {
        foreach (var refusal in entry.Refusals)
        {
            var call = refusal.Call;
            Log.Refusal(
                log, refusal.First, refusal.Last, call?.Tenant?.ToString(), call?.Caller, call?.From, call?.Method, call?.Outcome, refusal.Count, entry.Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            600,
            LogLevel.Information,
            "WRITE {Time:O} tenant {Tenant} number {Number} hash {Hash} rev {Rev} revision {Revision} caller {Caller} from {From} method {Method} "
                + "outcome {Outcome} request {RequestId} fingerprint {Fingerprint} reason {Reason}")]
        public static partial void Write(
            ILogger logger, DateTimeOffset time, TenantId tenant, long number, string hash, long rev, long revision, string caller, string? from,
            string method, string outcome, Guid requestId, string? fingerprint, string? reason);

        [LoggerMessage(
            601,
            LogLevel.Information,
            "DISCLOSURE {Time:O} tenant {Tenant} revision {Revision} caller {Caller} from {From} method {Method} count {Count} entry {Entry}")]
        public static partial void Disclosure(
            ILogger logger, DateTimeOffset time, TenantId tenant, long revision, string caller, string? from, string method, int count, Guid entry);

        [LoggerMessage(
            602,
            LogLevel.Information,
            "REFUSAL {First:O} to {Last:O} tenant {Tenant} caller {Caller} from {From} method {Method} outcome {Outcome} count {Count} entry {Entry}")]
        public static partial void Refusal(
            ILogger logger, DateTimeOffset first, DateTimeOffset last, string? tenant, string? caller, string? from, string? method, string? outcome,
            long count, Guid entry);
    }
}
