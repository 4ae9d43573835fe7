using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;

namespace GrpcCreds.Server.Api.Mapping;

internal sealed class PasswordView : ModeView
{
    public override Mode Mode => Mode.Password;

    public override string Candidate => "The new password credential";

    public override string HowToCorrect =>
        " To correct it and test it again, call SetPasswordCredential with the changed fields; to drop it, call DiscardCandidate.";

    public override void Show(Credential credential, SavedCredential saved)
    {
        var password = (PasswordCredential)credential;
        saved.Username = password.Username;
        saved.DeliverLogin = password.DeliverLogin;
        saved.LastRenewalFailure = Failures.Map(password.Renewal.Failure);
    }

    public override IEnumerable<Warning> Warnings(TenantRecord record, DateTimeOffset now) =>
        record.ActiveMode == Mode ? [Warning.PasswordLoginRetires]
        : record.ActiveMode != Mode.Off && IsShown(record) ? [Warning.PasswordStillStored]
        : [];
}
