using FluentValidation;
using Google.Protobuf.WellKnownTypes;
using GrpcCreds.Server.Audit;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Validation;

internal sealed class ListAuditEventsValidator : AbstractValidator<ListAuditEventsRequest>
{
    private const int MaxPage = 200;
    private const int MaxName = 64;

    public ListAuditEventsValidator()
    {
        RuleFor(request => request.TenantId).IsTenantId().When(request => request.TenantId != "");
        RuleFor(request => request.Kind)
            .Must((request, kind) =>
                kind is AuditKind.Unspecified || (request.TenantId == "" ? kind is AuditKind.Refusal : kind is AuditKind.Write or AuditKind.Disclosure))
            .WithMessage("must be AUDIT_KIND_WRITE or AUDIT_KIND_DISCLOSURE with a tenant_id, AUDIT_KIND_REFUSAL without one");
        RuleFor(request => request.Caller).IsText(0, MaxName);
        RuleFor(request => request.Method).IsText(0, MaxName);
        RuleFor(request => request.StartTime).Must(IsTime).WithMessage(TimeAllowed);
        RuleFor(request => request.EndTime).Must(IsTime).WithMessage(TimeAllowed);
        RuleFor(request => request.PageSize).InclusiveBetween(0, MaxPage).WithMessage($"must be 0 to {MaxPage}");
        RuleFor(request => request.PageToken).Must(token => token == "" || AuditCursor.TryParse(token, out _))
            .WithMessage("must be empty or the next_page_token of the previous page");
        RuleFor(request => request.VerifyChain).Equal(false).When(request => request.TenantId == "")
            .WithMessage("needs a tenant_id: each tenant has a chain of its own");
    }

    private const string TimeAllowed = "must be a time in the years 1 to 9999, as in 2026-11-25T16:00:00Z";

    private static bool IsTime(Timestamp? time) => time is null or { Seconds: >= -62_135_596_800 and <= 253_402_300_799, Nanos: >= 0 and < 1_000_000_000 };
}
