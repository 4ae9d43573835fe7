using GrpcCreds.Server.Salesforce.Http;
using GrpcCreds.Server.Salesforce.OAuth;
using GrpcCreds.Server.Salesforce.Tokens;
using GrpcCreds.Server.Tenants.Model;

namespace GrpcCreds.Server.Salesforce.ClientCredentials;

/// <summary>What the token endpoint's answers mean for client credentials.</summary>
internal sealed class ClientCredentialsVerdicts(
    SalesforceOptions options, Uri loginUrl, ClientCredential credential, SalesforceIdentity? expected, DateTimeOffset now)
    : TokenVerdicts(options, loginUrl, credential, expected, now)
{
    private const string KeyAdvice =
        "The org at this My Domain does not know the consumer key: check consumer_key and my_domain. A refreshed sandbox needs a new app.";
    private const string SecretAdvice =
        "Salesforce refuses the consumer secret: copy it again from the app's OAuth settings, and save it here with its consumer key.";
    private const string DomainAdvice =
        "Salesforce answers this flow at the org's own My Domain only: copy the current My Domain from Setup, My Domain, and save it as my_domain.";
    private const string FlowAdvice = "The app does not allow the flow: enable Client Credentials Flow in the app's settings and in its policies.";
    private const string RunAsAdvice = "The app has no Run As user: choose one in the app's policies, under Client Credentials Flow.";
    private const string InactiveUserAdvice =
        "The app's Run As user is inactive: activate it in Salesforce, or choose another one in the app's policies and accept it with SetActiveMode.";

    protected override TokenErrors.Meaning? Meaning(string word, string text) => word switch
    {
        "invalid_client_id" => new(FailureClass.LoginRefused, KeyAdvice, MayBeNew: true),
        "invalid_client" when !text.Contains("install", StringComparison.Ordinal) => new(FailureClass.LoginRefused, SecretAdvice, MayBeNew: true),
        "invalid_grant" when text.Contains("no client credentials user", StringComparison.Ordinal) =>
            new(FailureClass.NotPermitted, RunAsAdvice, MayBeNew: true),
        "invalid_grant" when text.Contains("not supported on this domain", StringComparison.Ordinal) => new(FailureClass.LoginRefused, DomainAdvice),
        "unsupported_grant_type" or "oauth_flow_disabled" or "unauthorized_client" => new(FailureClass.NotPermitted, FlowAdvice, MayBeNew: true),
        _ => TokenErrors.Common(word, text, InactiveUserAdvice),
    };

    protected override bool IsSigned(TokenAnswer answer) => answer.IsSignedWith(credential.ConsumerSecret);

    protected override string OtherUser(SalesforceIdentity found, SalesforceIdentity accepted) =>
        $"The app's Run As user is {found}, but {accepted} was accepted before: correct it in the app's policies, or accept the new user with SetActiveMode.";
}
