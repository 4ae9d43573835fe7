using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.JwtBearer;

/// <summary>What the token endpoint's answers mean for JWT bearer.</summary>
internal sealed class JwtBearerVerdicts(
    SalesforceOptions options, Uri loginUrl, JwtBearerCredential credential, SalesforceIdentity? expected, DateTimeOffset now)
    : TokenVerdicts(options, loginUrl, credential, expected, now)
{
    private const string KeyAdvice =
        "Salesforce does not know the consumer key: check consumer_key, my_domain and use_sandbox. A refreshed sandbox needs a new app.";
    private const string CertificateAdvice =
        "Salesforce refuses the signature: upload the certificate of this credential, which the status shows, to the app (Use digital signatures), check that "
        + "username is a user of its org, and test again after 10 minutes.";
    private const string ExpiredAdvice =
        "The certificate has ended: make a new key with SetJwtBearerCredential and new_key, upload its certificate to the app, and put it in force with "
        + "SetActiveMode.";
    private const string AudienceAdvice =
        "Salesforce refuses the login host that the assertion names: check use_sandbox, and save the org's current My Domain as my_domain.";
    private const string ApprovalAdvice =
        "The user has not approved the app: set its policy Permitted Users to Admin approved users are pre-authorized, and give the user a permission set "
        + "or profile that the app's policies name.";
    private const string AdminApprovalAdvice =
        "The user is not pre-authorized for the app: give the user a permission set or profile that the app's policies name.";
    private const string FlowAdvice = "The app does not allow the flow: enable JWT Bearer Flow in the app's settings.";
    private const string InactiveUserAdvice = "The user of the credential is inactive: activate it in Salesforce, or save another username.";

    protected override TokenErrors.Meaning? Meaning(string word, string text)
    {
        bool Has(string part) => text.Contains(part, StringComparison.Ordinal);
        return word switch
        {
            "invalid_client_id" => new(FailureClass.LoginRefused, KeyAdvice, MayBeNew: true),
            "invalid_client" when !Has("install") => new(FailureClass.LoginRefused, KeyAdvice, MayBeNew: true),
            "invalid_grant" when Has("hasn't approved") || Has("not approved") => new(FailureClass.NotPermitted, ApprovalAdvice, MayBeNew: true),
            "invalid_app_access" => new(FailureClass.NotPermitted, AdminApprovalAdvice, MayBeNew: true),
            _ when Has("admin approved") => new(FailureClass.NotPermitted, AdminApprovalAdvice, MayBeNew: true),
            "invalid_grant" or "invalid_request" or "invalid_assertion" when Has("audience") => new(FailureClass.LoginRefused, AudienceAdvice),
            "invalid_grant" or "invalid_request" or "invalid_assertion" when Has("assertion") || Has("signature") || Has("expired") || Has("certificate") =>
                Refused,
            "invalid_assertion" => Refused,
            "unsupported_grant_type" or "oauth_flow_disabled" or "unauthorized_client" => new(FailureClass.NotPermitted, FlowAdvice, MayBeNew: true),
            _ => TokenErrors.Common(word, text, InactiveUserAdvice),
        };
    }

    // Salesforce signs its answer with the app's secret, which this service does not have. The answer came over TLS from the login host.
    protected override bool IsSigned(TokenAnswer answer) => true;

    protected override string OtherUser(SalesforceIdentity found, SalesforceIdentity accepted) =>
        $"The username now belongs to {found}, but {accepted} was accepted before: correct username, or accept the new user with SetActiveMode.";

    // Salesforce does not tell a wrong signature from an ended certificate.
    private TokenErrors.Meaning Refused =>
        new(FailureClass.LoginRefused, Now >= credential.Key.ExpireTime ? ExpiredAdvice : CertificateAdvice, MayBeNew: true);
}
