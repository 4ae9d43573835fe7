using FluentValidation;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.JwtBearer;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Validation;

internal sealed class SetJwtBearerCredentialValidator : WriteRequestValidator<SetJwtBearerCredentialRequest>
{
    // The longest username that Salesforce allows.
    private const int MaxUsername = 80;

    public SetJwtBearerCredentialValidator(SalesforceOptions salesforce)
    {
        RuleFor(request => request.ConsumerKey).IsPrintable().When(request => request.HasConsumerKey);
        RuleFor(request => request.Username).Cascade(CascadeMode.Stop).IsText(1, MaxUsername).HasNoOuterSpaces().When(request => request.HasUsername);
        RuleFor(request => request.MyDomain).IsMyDomain(salesforce);
        RuleFor(request => request.OrgId).IsOrgId().When(request => request.OrgId != "");
        RuleFor(request => request.CertificateValidityDays).Must(days => days is >= 1 and <= SigningKeys.MaxDays)
            .WithMessage($"must be 1 to {SigningKeys.MaxDays}").When(request => request.HasCertificateValidityDays);
        RuleFor(request => request.Activation).IsKnown();
    }
}

internal sealed class DeleteJwtBearerCredentialValidator : WriteRequestValidator<DeleteJwtBearerCredentialRequest>;
