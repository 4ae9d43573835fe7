using System.Text.Json;
using FluentValidation;
using Google.Protobuf.Reflection;
using GrpcCreds.Server.Api.Mapping;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;

using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Mode = GrpcCreds.V1.Mode;

namespace GrpcCreds.Server.Api.Validation;

/// <summary>The rules for the contract's fields. Every message names what is allowed and never what was sent.</summary>
internal static class Fields
{
    public const int MaxReason = 200;

    private const int MaxPrintable = 256;

    /// <summary>The modes that can hold a credential, in words.</summary>
    public static readonly string ModesWithCredential = string.Join(
        ", ", CredentialStatusReflection.Descriptor.FindTypeByName<EnumDescriptor>(nameof(Mode)).Values.Where(value => HoldsCredential((Mode)value.Number))
            .Select(value => value.Name));

    public const string UuidAllowed = "must be a UUID, as in 0d9f0a52-6f1c-4d7e-9f0e-2f9f5a2f7c11";

    public const string NodeIdAllowed = "must have at most 128 printable ASCII characters without spaces";

    public static IRuleBuilderOptions<T, string> IsTenantId<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(text => TenantId.TryParse(text, out _)).WithMessage($"must be {TenantId.Allowed}");

    public static IRuleBuilderOptions<T, string> IsText<T>(this IRuleBuilder<T, string> rule, int min, int max) =>
        rule.Must(text => text.All(IsPlain) && text.EnumerateRunes().Count() is var length && length >= min && length <= max)
            .WithMessage(min == 0 ? $"must have at most {max} characters and no control characters"
                : $"must have {min} to {max} characters and no control characters");

    /// <summary>The key or secret of an app.</summary>
    public static IRuleBuilderOptions<T, string> IsPrintable<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(text => text.Length is >= 1 and <= MaxPrintable && text.All(c => c is > ' ' and < '\x7f'))
            .WithMessage($"must have 1 to {MaxPrintable} printable ASCII characters without spaces");

    /// <summary>
    /// Rejects spaces and invisible characters that come with copied text: Salesforce would treat them as part of the value, and a user cannot see them.
    /// </summary>
    public static IRuleBuilderOptions<T, string> HasNoOuterSpaces<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(text => text is "" || (!IsInvisible(text[0]) && !IsInvisible(text[^1])))
            .WithMessage("must not begin or end with a space or an invisible character");

    private static bool IsInvisible(char c) => char.IsWhiteSpace(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.Format;

    // Also rejects characters that XML, and therefore a SOAP login, cannot contain.
    private static bool IsPlain(char c) => !char.IsControl(c) && c is not ('\uFFFE' or '\uFFFF');

    public static bool IsUuid(string text) => text.Length == 36 && Guid.TryParseExact(text, "D", out _);

    public static bool IsNodeId(string text) => text.Length is >= 1 and <= 128 && text.All(c => c is > ' ' and < '\x7f');

    public static IRuleBuilderOptions<T, string> IsMyDomain<T>(this IRuleBuilder<T, string> rule, SalesforceOptions salesforce) =>
        rule.Must(host => host == "" || SalesforceHosts.IsMyDomain(host, salesforce)).WithMessage(HostNames.MyDomainAllowed);

    public static IRuleBuilderOptions<T, Duration?> IsHeartbeat<T>(this IRuleBuilder<T, Duration?> rule) =>
        rule.Must(interval => interval is null or { Seconds: >= 5 and < 60, Nanos: >= 0 and < 1_000_000_000 } or { Seconds: 60, Nanos: 0 })
            .WithMessage("must be 5 s to 60 s");

    public static IRuleBuilderOptions<T, Mode> IsModeWithCredential<T>(this IRuleBuilder<T, Mode> rule) =>
        rule.Must(HoldsCredential).WithMessage($"must be one of {ModesWithCredential}");

    public static bool HoldsCredential(Mode mode) => Enum.IsDefined(mode) && mode is not (Mode.Unspecified or Mode.Off);

    public static IRuleBuilderOptions<T, TEnum> IsKnown<T, TEnum>(this IRuleBuilder<T, TEnum> rule)
        where TEnum : struct, Enum =>
        rule.Must(Enum.IsDefined).WithMessage("must be one of the values of its enum");

    /// <summary>Checks a whole request and reports every wrong field at once.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static void Check<T>(this IValidator<T> validator, T request)
    {
        if (Violations(validator, request) is { Count: > 0 } wrong)
            throw Errors.Of(Refusal.Invalid([.. wrong]));
    }

    /// <summary>The same, together with the missing fields, so that the caller sees all errors at once.</summary>
    public static async Task CheckAsync<T>(this IValidator<T> validator, T request, Func<Task<IReadOnlyList<FieldViolation>>> missing)
    {
        if (Violations(validator, request) is not { Count: > 0 } wrong)
            return;
        var fields = wrong.Select(violation => violation.Field).ToHashSet();
        throw Errors.Of(Refusal.Invalid([.. wrong.Concat((await missing()).Where(violation => !fields.Contains(violation.Field)))]));
    }

    private static List<FieldViolation> Violations<T>(IValidator<T> validator, T request) =>
        [.. validator.Validate(request).Errors.Select(error => new FieldViolation(Name(error.PropertyName), error.ErrorMessage))];

    // The name in the contract: Tenants[3].TenantId is tenants[3].tenant_id.
    private static string Name(string property) =>
        string.Join('.', property.Split('.').Select(part => JsonNamingPolicy.SnakeCaseLower.ConvertName(part)));
}

/// <summary>The fields of every write.</summary>
internal abstract class RequestValidator<T> : AbstractValidator<T>
    where T : IWriteRequest
{
    protected RequestValidator()
    {
        RuleFor(request => request.RequestId).Must(Fields.IsUuid).WithMessage(Fields.UuidAllowed)
            .When(request => request.HasRequestId);
        RuleFor(request => request.Etag).IsText(0, 64).When(request => request.HasEtag);
        RuleFor(request => request.Reason).IsText(0, Fields.MaxReason);
    }
}

/// <summary>The fields of every write that names its tenant.</summary>
internal abstract class WriteRequestValidator<T> : RequestValidator<T>
    where T : ITenantWriteRequest
{
    protected WriteRequestValidator() => RuleFor(request => request.TenantId).IsTenantId();
}

internal sealed class SetPasswordCredentialValidator : WriteRequestValidator<SetPasswordCredentialRequest>
{
    public SetPasswordCredentialValidator(SalesforceOptions salesforce)
    {
        RuleFor(request => request.MyDomain).IsMyDomain(salesforce);
        RuleFor(request => request.Username).Cascade(CascadeMode.Stop).IsText(1, 50).HasNoOuterSpaces().When(request => request.HasUsername);
        RuleFor(request => request.Password).IsText(1, 47).When(request => request.HasPassword);
        RuleFor(request => request.SecurityToken).Cascade(CascadeMode.Stop).IsText(0, 150).HasNoOuterSpaces().When(request => request.HasSecurityToken);
        RuleFor(request => request.Activation).IsKnown();
    }
}

internal sealed class SetActiveModeValidator : WriteRequestValidator<SetActiveModeRequest>
{
    public SetActiveModeValidator() =>
        RuleFor(request => request.Mode).Must(mode => mode == Mode.Off || Fields.HoldsCredential(mode))
            .WithMessage($"must be one of {Fields.ModesWithCredential}, MODE_OFF");
}

internal sealed class DiscardCandidateValidator : WriteRequestValidator<DiscardCandidateRequest>
{
    public DiscardCandidateValidator() =>
        RuleFor(request => request.Mode).IsModeWithCredential();
}

internal sealed class TestAccessValidator : WriteRequestValidator<TestAccessRequest>
{
    public TestAccessValidator()
    {
        RuleFor(request => request.Mode).IsModeWithCredential();
        RuleFor(request => request.Slot).IsKnown();
    }
}

internal sealed class DeletePasswordCredentialValidator : WriteRequestValidator<DeletePasswordCredentialRequest>;

internal sealed class DeleteOAuthValidator : WriteRequestValidator<DeleteOAuthRequest>;

internal sealed class StartOAuthSetupValidator : WriteRequestValidator<StartOAuthSetupRequest>;

internal sealed class GetCredentialStatusValidator : AbstractValidator<GetCredentialStatusRequest>
{
    public GetCredentialStatusValidator() => RuleFor(request => request.TenantId).IsTenantId();
}

internal sealed class WatchCredentialStatusValidator : AbstractValidator<WatchCredentialStatusRequest>
{
    public WatchCredentialStatusValidator()
    {
        RuleFor(request => request.TenantId).IsTenantId().When(request => request is { TenantIds.Count: 0, AllTenants: false });
        RuleFor(request => request.TenantId).Must(tenant => tenant == "").WithMessage("must be left out with tenant_ids or all_tenants")
            .When(request => request.TenantIds.Count > 0 || request.AllTenants);
        RuleFor(request => request.TenantIds).Must(tenants => tenants.Count == 0).WithMessage("must be left out with all_tenants")
            .When(request => request.AllTenants);
        RuleFor(request => request.TenantIds).Must(tenants => tenants.Count <= WatchActiveCredentialValidator.MaxTenants)
            .WithMessage($"must name at most {WatchActiveCredentialValidator.MaxTenants} tenants");
        RuleFor(request => request.TenantIds).Must(tenants => tenants.Distinct().Count() == tenants.Count).WithMessage("must name each tenant once");
        RuleForEach(request => request.TenantIds).IsTenantId().When(request => request.TenantIds.Count <= WatchActiveCredentialValidator.MaxTenants);
        RuleFor(request => request.Until).IsKnown();
        RuleFor(request => request.HeartbeatInterval).IsHeartbeat();
    }
}

internal sealed class ListCredentialStatusesValidator : AbstractValidator<ListCredentialStatusesRequest>
{
    public const int MaxPage = 200;

    public ListCredentialStatusesValidator()
    {
        RuleFor(request => request.PageSize).InclusiveBetween(0, MaxPage).WithMessage($"must be 0 to {MaxPage}");
        RuleFor(request => request.PageToken).Must(token => token == "" || TenantId.TryParse(token, out _))
            .WithMessage("must be empty or the next_page_token of the previous page");
    }
}

internal sealed class GetActiveCredentialValidator : AbstractValidator<GetActiveCredentialRequest>
{
    public GetActiveCredentialValidator()
    {
        RuleFor(request => request.TenantId).IsTenantId();
        RuleFor(request => request.MinRevision).GreaterThanOrEqualTo(0).WithMessage("must be 0 or more");
    }
}

internal sealed class WatchActiveCredentialValidator : AbstractValidator<WatchActiveCredentialRequest>
{
    public const int MaxTenants = 1000;

    public WatchActiveCredentialValidator()
    {
        RuleFor(request => request.Tenants).Must(tenants => tenants.Count is >= 1 and <= MaxTenants).WithMessage($"must name 1 to {MaxTenants} tenants");
        RuleFor(request => request.Tenants).Must(tenants => tenants.Select(tenant => tenant.TenantId).Distinct().Count() == tenants.Count)
            .WithMessage("must name each tenant once");
        RuleForEach(request => request.Tenants).ChildRules(tenant =>
        {
            tenant.RuleFor(watched => watched.TenantId).IsTenantId();
            tenant.RuleFor(watched => watched.KnownRevision).GreaterThanOrEqualTo(0).WithMessage("must be 0 or more");
        }).When(request => request.Tenants.Count <= MaxTenants);
        RuleFor(request => request.NodeId).Must(id => id == "" || Fields.IsNodeId(id)).WithMessage(Fields.NodeIdAllowed);
        RuleFor(request => request.InstanceId).Must(id => id == "" || Fields.IsUuid(id)).WithMessage(Fields.UuidAllowed);
        RuleFor(request => request.InstanceId).Must(id => id == "").WithMessage("must be left out without node_id").When(request => request.NodeId == "");
        RuleFor(request => request.HeartbeatInterval).IsHeartbeat();
    }
}

internal sealed class ListNodesValidator : AbstractValidator<ListNodesRequest>
{
    public const int MaxPage = 1000;

    public ListNodesValidator()
    {
        RuleFor(request => request.TenantId).IsTenantId();
        RuleFor(request => request.PageSize).InclusiveBetween(0, MaxPage).WithMessage($"must be 0 to {MaxPage}");
        RuleFor(request => request.PageToken).Must(NodePageToken.IsValid).WithMessage("must be empty or the next_page_token of the previous page");
    }
}

internal sealed class ReportCredentialsValidator : AbstractValidator<ReportCredentialsRequest>
{
    public const int MaxReports = 1000;

    public ReportCredentialsValidator()
    {
        RuleFor(request => request.NodeId).Must(Fields.IsNodeId).WithMessage("is required, and " + Fields.NodeIdAllowed);
        RuleFor(request => request.InstanceId).Must(id => id == "" || Fields.IsUuid(id)).WithMessage(Fields.UuidAllowed);
        RuleFor(request => request.Reports).Must(reports => reports.Count is >= 1 and <= MaxReports).WithMessage($"must have 1 to {MaxReports} reports");
        RuleFor(request => request.Reports).Must(reports => reports.Select(report => report.TenantId).Distinct().Count() == reports.Count)
            .WithMessage("must name each tenant once");
        RuleForEach(request => request.Reports).SetValidator(new NodeReportValidator()).When(request => request.Reports.Count <= MaxReports);
    }
}

internal sealed class NodeReportValidator : AbstractValidator<NodeReport>
{
    public NodeReportValidator()
    {
        RuleFor(report => report.TenantId).IsTenantId();
        RuleFor(report => report.Revision).GreaterThan(0).WithMessage("must be 1 or more").When(report => !report.Leaving);
        RuleFor(report => report.Outcome).Must(outcome => outcome is ReportedOutcome.Applied or ReportedOutcome.Rejected)
            .WithMessage("must be REPORTED_OUTCOME_APPLIED or REPORTED_OUTCOME_REJECTED").When(report => !report.Leaving);
        RuleFor(report => report.FailureClass).Must(failure => Enum.IsDefined(failure) && failure != V1.FailureClass.Unspecified)
            .WithMessage("is required with REJECTED, and must be one of the values of its enum").When(IsRejected);
        RuleFor(report => report.SalesforceCode).Must(code => code.Length <= 80 && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
            .WithMessage("must have at most 80 of A-Z, a-z, 0-9, '_', '.' and '-'").When(IsRejected);
        RuleFor(report => report.FailureClass).Must(failure => failure == V1.FailureClass.Unspecified)
            .WithMessage("must be left out unless REJECTED").When(report => !IsRejected(report));
        RuleFor(report => report.SalesforceCode).Must(code => code == "").WithMessage("must be left out unless REJECTED").When(report => !IsRejected(report));
    }

    private static bool IsRejected(NodeReport report) => !report.Leaving && report.Outcome == ReportedOutcome.Rejected;
}
