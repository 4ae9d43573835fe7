using FluentValidation;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Validation;

internal sealed class SetClientCredentialsValidator : WriteRequestValidator<SetClientCredentialsRequest>
{
    public SetClientCredentialsValidator(SalesforceOptions salesforce)
    {
        RuleFor(request => request.ConsumerKey).IsPrintable().When(request => request.HasConsumerKey);
        RuleFor(request => request.ConsumerSecret).IsPrintable().When(request => request.HasConsumerSecret);
        RuleFor(request => request.MyDomain).Must(host => SalesforceHosts.IsMyDomain(host, salesforce)).WithMessage(HostNames.MyDomainAllowed)
            .When(request => request.HasMyDomain);
        RuleFor(request => request.OrgId).IsOrgId().When(request => request.OrgId != "");
        RuleFor(request => request.Activation).IsKnown();
    }
}

internal sealed class DeleteClientCredentialsValidator : WriteRequestValidator<DeleteClientCredentialsRequest>;
