using GrpcCreds.Server.Tenants.Model;
using GrpcCreds.V1;
using Mode = GrpcCreds.Server.Tenants.Model.Mode;

namespace GrpcCreds.Server.Api.Mapping;

internal sealed class ClientCredentialsView : ModeView
{
    public override Mode Mode => Mode.ClientCredentials;

    public override string Candidate => "The new client credentials";

    public override string HowToCorrect =>
        " To correct them and test them again, call SetClientCredentials with the changed fields; to drop them, call DiscardCandidate.";

    public override void Show(Credential credential, SavedCredential saved)
    {
        var app = (ClientCredential)credential;
        saved.ConsumerKey = app.ConsumerKey;
        saved.OrgId = app.Identity?.OrgId ?? app.OrgId ?? "";
        saved.UserId = app.Identity?.UserId ?? "";
        saved.LastRenewalFailure = Failures.Map(app.Renewal.Failure);
    }
}
