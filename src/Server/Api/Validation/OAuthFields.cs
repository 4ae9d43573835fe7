using FluentValidation;
using GrpcCreds.Server.Api.Pages;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Tenants.Rules;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Validation;

/// <summary>The rules for the fields of the OAuth calls.</summary>
internal static class OAuthFieldRules
{
    private const string Allowed = "must be a Salesforce id of 15 or 18 letters and digits that begins with";

    /// <summary>The fields of a validated request, with ids in their 18-character form.</summary>
    public static OAuthFields Of(IOAuthFieldsRequest request) => new()
    {
        OrgId = request.HasOrgId ? SalesforceId.OfOrg(request.OrgId) : null,
        UserId = request.HasUserId ? SalesforceId.OfUser(request.UserId) : null,
        UseSandbox = request.HasUseSandbox ? request.UseSandbox : null,
        MyDomain = request.HasMyDomain ? request.MyDomain : null,
    };

    public static IRuleBuilderOptions<T, string> IsOrgId<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(id => !SalesforceId.IsTypo(id) && SalesforceId.OfOrg(id) is not null)
            .WithMessage($"{Allowed} 00D; the last 3 of 18 characters must match the others");

    public static IRuleBuilderOptions<T, string> IsUserId<T>(this IRuleBuilder<T, string> rule) =>
        rule.Must(id => !SalesforceId.IsTypo(id) && SalesforceId.OfUser(id) is not null)
            .WithMessage($"{Allowed} 005; the last 3 of 18 characters must match the others");
}

/// <summary>The fields of an OAuth credential.</summary>
internal abstract class OAuthFieldsValidator<T> : WriteRequestValidator<T>
    where T : IOAuthFieldsRequest
{
    protected OAuthFieldsValidator(SalesforceOptions salesforce)
    {
        RuleFor(request => request.OrgId).IsOrgId().When(request => request.HasOrgId);
        RuleFor(request => request.UserId).IsUserId().When(request => request.HasUserId);
        RuleFor(request => request.MyDomain).IsMyDomain(salesforce);
    }
}

internal sealed class SetOAuthCredentialValidator : OAuthFieldsValidator<SetOAuthCredentialRequest>
{
    public SetOAuthCredentialValidator(SalesforceOptions salesforce)
        : base(salesforce) => RuleFor(request => request.Activation).IsKnown();
}

internal sealed class ResetOAuthValidator(SalesforceOptions salesforce) : OAuthFieldsValidator<ResetOAuthRequest>(salesforce);

internal sealed class CompleteOAuthSetupValidator : RequestValidator<CompleteOAuthSetupRequest>
{
    public CompleteOAuthSetupValidator()
    {
        RuleFor(request => request.State).Must(state => state.Length is >= 1 and <= 200)
            .WithMessage("must have 1 to 200 characters: `state` from the redirect");
        RuleFor(request => request.Code).Must(code => code == "" || OAuthQuery.IsCode(code))
            .WithMessage($"must have at most {OAuthQuery.MaxCode} printable ASCII characters without spaces and '%': `code` from the redirect, decoded once");
        RuleFor(request => request.Code).Must((request, code) => code != "" != (request.Error != ""))
            .WithMessage("exactly one of code and error must be given");
        RuleFor(request => request.Error).Must(error => error == "" || OAuthQuery.IsError(error))
            .WithMessage($"must have at most {OAuthQuery.MaxError} printable ASCII characters without '%': `error` from the redirect, decoded once");
        RuleFor(request => request.ErrorDescription).Must(text => text.Length <= OAuthQuery.MaxErrorDescription)
            .WithMessage($"must have at most {OAuthQuery.MaxErrorDescription} characters");
    }
}
