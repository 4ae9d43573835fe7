using FluentValidation;
using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.V1;

namespace GrpcCreds.Server.Api.Validation;

internal sealed class SetClientCredentialsValidator : WriteRequestValidator<SetClientCredentialsRequest>
{
    private const int MaxText = 256;

    public SetClientCredentialsValidator(SalesforceOptions salesforce)
    {
        RuleFor(request => request.ConsumerKey).Must(IsPrintable).WithMessage(Allowed).When(request => request.HasConsumerKey);
        RuleFor(request => request.ConsumerSecret).Must(IsPrintable).WithMessage(Allowed).When(request => request.HasConsumerSecret);
        RuleFor(request => request.MyDomain).Must(host => SalesforceHosts.IsMyDomain(host, salesforce)).WithMessage(HostNames.MyDomainAllowed)
            .When(request => request.HasMyDomain);
        RuleFor(request => request.OrgId).IsOrgId().When(request => request.OrgId != "");
        RuleFor(request => request.Activation).IsKnown();
    }

    private static string Allowed => $"must have 1 to {MaxText} printable ASCII characters without spaces";

    private static bool IsPrintable(string text) => text.Length is >= 1 and <= MaxText && text.All(c => c is > ' ' and < '\x7f');
}

internal sealed class DeleteClientCredentialsValidator : WriteRequestValidator<DeleteClientCredentialsRequest>;
