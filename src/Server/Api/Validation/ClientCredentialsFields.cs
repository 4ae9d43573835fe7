using FluentValidation;
using Google.Protobuf.WellKnownTypes;
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
        RuleFor(request => request.RotateEvery).Must(IsSchedule).WithMessage("must be 1 to 365 days, such as 2592000s for 30 days, or 0s for none")
            .When(request => request.RotateEvery is not null);
        RuleFor(request => request.Activation).IsKnown();
    }

    // Whole seconds: the conversion would accept anything else that fits.
    private static bool IsSchedule(Duration every) =>
        every is { Seconds: 0, Nanos: 0 } or { Seconds: >= 24 * 60 * 60 and <= 365 * 24 * 60 * 60, Nanos: 0 };
}

internal sealed class RotateClientSecretValidator : WriteRequestValidator<RotateClientSecretRequest>
{
    public RotateClientSecretValidator() =>
        RuleFor(request => request.StagedConsumerKey).IsPrintable().When(request => request.StagedConsumerKey != "");
}

internal sealed class DeleteClientCredentialsValidator : WriteRequestValidator<DeleteClientCredentialsRequest>;
