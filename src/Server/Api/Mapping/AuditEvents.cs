using FluentValidation;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Audit;
using GrpcCreds.Server.Tenants.Records;
using GrpcCreds.V1;
using AuditChain = GrpcCreds.V1.AuditChain;

namespace GrpcCreds.Server.Api.Mapping;

/// <summary>Maps the audit log to the contract's entries.</summary>
internal sealed class AuditEvents(AuditReader reader, TenantRecords tenantRecords)
{
    private const int DefaultPage = 50;

    public async Task<ListAuditEventsResponse> ListAsync(ListAuditEventsRequest request, CancellationToken cancellationToken)
    {
        TenantId? tenant = request.TenantId == "" ? null : TenantId.Parse(request.TenantId);
        var filter = new AuditFilter(request);
        var from = request.PageToken == "" ? default : AuditCursor.TryParse(request.PageToken, out var parsed) ? parsed : default;
        var (items, next) = await reader.PageAsync(tenant, filter.Passes, request.PageSize == 0 ? DefaultPage : request.PageSize, from, cancellationToken);
        var response = new ListAuditEventsResponse { NextPageToken = next?.ToString() ?? "" };
        response.Events.AddRange(items.Select(item => Event(item, tenant, filter)));
        if (tenant is { } of && request.VerifyChain)
            response.Chain = await VerifyAsync(of, cancellationToken);
        return response;
    }

    private async Task<AuditChain> VerifyAsync(TenantId tenant, CancellationToken cancellationToken)
    {
        ChainLink? head = null;
        var finding = await reader.VerifyAsync(
            tenant,
            async () => head = await tenantRecords.ReadAsync(tenant, cancellationToken) is { IsUnreadable: false } snapshot ? snapshot.Record.AuditHead : null,
            cancellationToken);
        var chain = new AuditChain
        {
            Verdict = finding.Broken is not null ? ChainVerdict.Broken : head is null ? ChainVerdict.WithoutEnd : ChainVerdict.Intact,
            Finding = finding.Broken?.What ?? "",
            BrokenNumber = finding.Broken?.Number ?? 0,
            BrokenRev = finding.Broken?.Rev ?? 0,
            Entries = finding.Entries,
            FirstNumber = finding.First,
            LastNumber = finding.Last,
        };
        chain.Lost.AddRange(finding.Lost.Select(lost => new LostAuditEntries { RepairedBy = lost.Number, AfterNumber = lost.After, UntilNumber = lost.Until }));
        return chain;
    }

    private static AuditEvent Event(AuditItem item, TenantId? tenant, AuditFilter filter) => item switch
    {
        AuditItem.Write { Entry: { } entry } => Event(entry),
        AuditItem.Disclosure { Entry: { } entry } => Event(entry, filter),
        AuditItem.Refusals { Entry: { } entry } => Event(item.Time, entry, filter),
        _ => new() { Kind = AuditFilter.KindOf(item), TenantId = tenant?.ToString() ?? "", Rev = (item as AuditItem.Write)?.Rev ?? 0, Damaged = true },
    };

    private static AuditEvent Event(AuditEntry entry) => new()
    {
        Kind = AuditKind.Write,
        TenantId = entry.Tenant.ToString(),
        Time = entry.Time.ToTimestamp(),
        Caller = entry.Origin.Caller,
        From = entry.Origin.From ?? "",
        Method = entry.Origin.Method,
        Outcome = AuditJson.NameOf(entry.Outcome),
        Reason = entry.Origin.Reason ?? "",
        Revision = entry.Revision,
        Fingerprint = entry.Fingerprint ?? "",
        RequestId = entry.RequestId.ToString("D"),
        Number = entry.Link.Number,
        Hash = entry.Link.Hash,
        Rev = entry.Rev,
    };

    private static AuditEvent Event(DisclosureEntry entry, AuditFilter filter)
    {
        var disclosure = new AuditEvent
        {
            Kind = AuditKind.Disclosure,
            TenantId = entry.Tenant.ToString(),
            Time = entry.Time.ToTimestamp(),
            Revision = entry.Revision,
            Repeats = entry.Repeats,
        };
        disclosure.Recipients.AddRange(entry.Recipients.Where(filter.Fits).Select(
            to => new AuditRecipient { Caller = to.Caller, From = to.From ?? "", Method = to.Method, Count = to.Count }));
        return disclosure;
    }

    private static AuditEvent Event(DateTimeOffset time, RefusalEntry entry, AuditFilter filter)
    {
        var refusals = new AuditEvent { Kind = AuditKind.Refusal, Time = time.ToTimestamp() };
        refusals.Refusals.AddRange(entry.Refusals.Where(filter.Fits).Select(refusal => new AuditRefusal
        {
            Caller = refusal.Call?.Caller ?? "",
            From = refusal.Call?.From ?? "",
            Method = refusal.Call?.Method ?? "",
            Outcome = refusal.Call?.Outcome ?? "",
            TenantId = refusal.Call?.Tenant?.ToString() ?? "",
            Count = refusal.Count,
            FirstTime = refusal.First.ToTimestamp(),
            LastTime = refusal.Last.ToTimestamp(),
        }));
        return refusals;
    }
}

/// <summary>The filter of a ListAuditEvents request.</summary>
internal sealed class AuditFilter(ListAuditEventsRequest request)
{
    public static AuditKind KindOf(AuditItem item) => item switch
    {
        AuditItem.Write => AuditKind.Write,
        AuditItem.Disclosure => AuditKind.Disclosure,
        _ => AuditKind.Refusal,
    };

    /// <summary>An entry that cannot be decrypted always passes: it is not known what it was.</summary>
    public bool Passes(AuditItem item) => (request.Kind == AuditKind.Unspecified || request.Kind == KindOf(item)) && item switch
    {
        AuditItem.Write { Entry: { } entry } => IsInTime(item) && Fits(entry.Origin.Caller, entry.Origin.Method),
        AuditItem.Disclosure { Entry: { } entry } => IsInTime(item) && entry.Recipients.Any(Fits),
        AuditItem.Refusals { Entry: { } entry } => IsInTime(item) && entry.Refusals.Any(Fits),
        _ => true,
    };

    public bool Fits(Recipient recipient) => Fits(recipient.Caller, recipient.Method);

    public bool Fits(CountedRefusal refusal) => Fits(refusal.Call?.Caller ?? "", refusal.Call?.Method ?? "");

    private bool Fits(string caller, string method) => (request.Caller == "" || request.Caller == caller) && (request.Method == "" || request.Method == method);

    private bool IsInTime(AuditItem item) =>
        !(request.StartTime?.ToDateTimeOffset() > item.Time) && !(request.EndTime?.ToDateTimeOffset() <= item.Time);
}
