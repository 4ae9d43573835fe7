using FluentValidation;
using Google.Protobuf.WellKnownTypes;
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
        RuleFor(request => request.RotateEvery).Must(IsSchedule).WithMessage("must be 1 to 365 days, such as 2592000s for 30 days, or 0s for none")
            .When(request => request.RotateEvery is not null);
        RuleFor(request => request.Activation).IsKnown();
    }

    public static string Allowed => $"must have 1 to {MaxText} printable ASCII characters without spaces";

    public static bool IsPrintable(string text) => text.Length is >= 1 and <= MaxText && text.All(c => c is > ' ' and < '\x7f');

    // Whole seconds: the conversion would accept anything else that fits.
    private static bool IsSchedule(Duration every) =>
        every is { Seconds: 0, Nanos: 0 } or { Seconds: >= 24 * 60 * 60 and <= 365 * 24 * 60 * 60, Nanos: 0 };
}

internal sealed class RotateClientSecretValidator : WriteRequestValidator<RotateClientSecretRequest>
{
    public RotateClientSecretValidator() => RuleFor(request => request.StagedConsumerKey).Must(SetClientCredentialsValidator.IsPrintable)
        .WithMessage(SetClientCredentialsValidator.Allowed).When(request => request.StagedConsumerKey != "");
}

internal sealed class DeleteClientCredentialsValidator : WriteRequestValidator<DeleteClientCredentialsRequest>;
